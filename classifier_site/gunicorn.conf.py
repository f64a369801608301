"""How gunicorn serves the site, on a laptop and in a container alike."""

import os
import resource
from typing import Any

bind = os.environ.get("BIND") or f"127.0.0.1:{os.environ.get('PORT') or 8000}"

# A request that waits for its prediction sleeps in Redis and costs a thread, nothing more; more
# processes help only where rendering and decoding fill a core. One process stays under 150 MB.
worker_class = "foundation.web.buffering_worker.BufferingWorker"
workers = int(os.environ.get("WEB_WORKERS") or 1)
threads = int(os.environ.get("WEB_THREADS") or 32)
# Open connections of a process, most of them kept for a next request. One too many ends another.
worker_connections = 500 + threads
# Each process loads the site after the fork: no database connection can be shared by two, and the
# master, which would hold a second copy for a single process, stays small.
preload_app = False

# gthread's heartbeat comes from its main thread whatever the requests do, so that this does not
# limit them; should it ever, it exceeds the 30 seconds a request may wait for its prediction.
timeout = 60
graceful_timeout = 30
keepalive = 5
# On disk the heartbeat file can block the whole process when the disk is busy.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108

# A request of many pictures has a file open for each of the larger ones; 1024 is the usual limit.
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
most = 8192 if hard == resource.RLIM_INFINITY else min(hard, 8192)
resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, most), hard))


def post_worker_init(worker: Any) -> None:
    """Once in each process, when it has loaded the site."""
    from accounts.outbox import start_sending

    start_sending()


# Django tells HTTPS from the proxies that NUM_PROXIES counts. gunicorn by itself would believe
# whoever comes from this machine.
forwarded_allow_ips = ""

limit_request_line = 4094
limit_request_fields = 100
limit_request_field_size = 8190

errorlog = "-"
accesslog = None  # a line for each of forty pictures a second is no log
control_socket_disable = True  # it would be made in the home folder, shared by all installations
