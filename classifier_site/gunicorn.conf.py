"""How gunicorn serves the site, on a laptop and in a container alike."""

import logging
import os
import resource
import socket
import struct
from typing import Any

bind = os.environ.get("BIND") or f"127.0.0.1:{os.environ.get('PORT') or 8000}"

# A request that waits for its prediction sleeps in Redis and costs a thread, nothing more; more
# processes help only where rendering and decoding fill a core. One process stays under 150 MB.
worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS") or 1)
threads = int(os.environ.get("WEB_THREADS") or 32)
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

# Seconds that a thread waits for more of a request, or for a client to take more of its answer.
READ_SECONDS, WRITE_SECONDS = 15, 30


def when_ready(server: Any) -> None:
    """gunicorn has no such limits. Connections inherit the listener's, but for those on a Unix
    socket, behind which is a proxy that has its own.
    """
    for listener in server.LISTENERS:
        if listener.sock.family == socket.AF_UNIX:
            continue
        limit = struct.pack("ll", READ_SECONDS, 0)  # struct timeval
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
        if hasattr(socket, "TCP_USER_TIMEOUT"):  # on Linux
            milliseconds = 1000 * WRITE_SECONDS
            listener.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)
    server.log.error_log.addFilter(is_news)


def post_worker_init(worker: Any) -> None:
    """Once in each process, when it has loaded the site."""
    from accounts.outbox import start_sending

    start_sending()


def is_news(record: logging.LogRecord) -> bool:
    """Not that a client has stopped sending or reading, which gunicorn says with a traceback."""
    return not (record.exc_info and isinstance(record.exc_info[1], BlockingIOError | TimeoutError))


# Django tells HTTPS from the proxies that NUM_PROXIES counts. gunicorn by itself would believe
# whoever comes from this machine.
forwarded_allow_ips = ""

limit_request_line = 4094
limit_request_fields = 100
limit_request_field_size = 8190

errorlog = "-"
accesslog = None  # a line for each of forty pictures a second is no log
control_socket_disable = True  # it would be made in the home folder, shared by all installations
