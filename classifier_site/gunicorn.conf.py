"""gunicorn's configuration, on a laptop and in a container."""

import os
import resource
import sys
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from classifier_site import logs
from classifier_site.environment import env, log_colours, log_format, one_or_more, port

try:
    here = f"127.0.0.1:{port('PORT', 8000)}"
    bind = env.str("BIND", here) or here
    workers = one_or_more("WEB_WORKERS", 1)
    threads = one_or_more("WEB_THREADS", 32)
    logconfig_dict = logs.configuration(log_format(), "INFO", colours=log_colours())
except ImproperlyConfigured as error:
    sys.exit(str(error))  # gunicorn would print a traceback

# A request that waits for its prediction sleeps in Redis and costs a thread, nothing more; more
# processes (WEB_WORKERS) help only where rendering and decoding fill a core. One takes 150 MB.
worker_class = "foundation.web.buffering_worker.BufferingWorker"
# Open connections of a process, most of them idle. Each further one closes another.
worker_connections = 500 + threads
# Each process loads the site after the fork: no database connection can be shared by two, and the
# master, which would hold a second copy for a single process, stays small.
preload_app = False

# gthread's heartbeat comes from its main thread, so this does not limit requests. If it ever did,
# it would exceed the 30 seconds that a request can wait for its prediction.
timeout = 60
graceful_timeout = 30
keepalive = 5
# On disk the heartbeat file can block the whole process when the disk is busy.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108

# A connection is one open file, and a second while a large request waits on disk; each thread has
# a few more: the database, Redis, the picture it stores. The usual limit is 1024, or 256 on macOS.
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
most = 8192 if hard == resource.RLIM_INFINITY else min(hard, 8192)
resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))


def post_worker_init(worker: Any) -> None:
    """Once in each process, when it has loaded the site."""
    from accounts import outbox
    from foundation.observability import tracing
    from predictions.webhooks import sending

    tracing.start("classifier-web")
    outbox.start_sending()
    sending.start()


# Django detects HTTPS by the proxies that NUM_PROXIES counts. gunicorn's default would trust every
# client on this machine.
forwarded_allow_ips = ""

limit_request_line = 4094
limit_request_fields = 100
limit_request_field_size = 8190

errorlog = "-"
accesslog = None  # foundation/web/request_log.py knows the route, who asks and more
control_socket_disable = True  # it would be made in the home folder, shared by all installations
