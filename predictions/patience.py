"""How long requests wait for their answers, so that they leave threads for those that do not wait.

With no worker at work, everybody who sends a picture waits. Were all threads to sleep, the site
would answer nobody, and what watches over it would take it for dead.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from time import monotonic

from django.conf import settings

# Seconds. Where half of a process's threads get their answers sooner, all of them may wait.
SOON = 5

began: dict[object, float] = {}  # of those who wait in this process, oldest first
lock = Lock()


@contextmanager
def patience(seconds: int) -> Iterator[int]:
    """How many of these seconds may be waited; fewer than SOON for the last threads, or none."""
    kept_free = settings.WEB_THREADS // 8
    this = object()
    with lock:
        now, waits = monotonic(), list(began.values())
        if len(waits) >= settings.WEB_THREADS - kept_free:
            # The one in the middle tells: a single picture may take long for reasons of its own.
            seconds = min(seconds, max(0, SOON - int(now - waits[len(waits) // 2])))
        began[this] = now
    try:
        yield seconds
    finally:
        with lock:
            del began[this]
