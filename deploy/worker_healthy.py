"""Exit status 0 while this container's worker sends heartbeats; for Docker's HEALTHCHECK."""

import os
import socket
import sys
from datetime import UTC, datetime, timedelta

from rq import Worker

from foundation.redis_server import connect

# A worker sends a heartbeat at least every 15 seconds; one that is silent this long hangs.
SILENT_AFTER = timedelta(seconds=75)

redis = connect(os.environ["REDIS_URL"], socket_connect_timeout=3, socket_timeout=3)
reports = [
    worker.last_heartbeat
    for worker in Worker.all(connection=redis)
    if worker.hostname == socket.gethostname() and worker.last_heartbeat
]
if not any(datetime.now(UTC) - report < SILENT_AFTER for report in reports):
    sys.exit("No worker of this container sends heartbeats.")
