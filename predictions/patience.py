"""How long requests wait for their answers, so that they leave threads for those that do not wait.

With no worker at work, everybody who sends a picture waits. Were all threads to sleep, the site
would answer nobody, and what watches over it would take it for dead.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from time import monotonic

from django.conf import settings

# Seconds that the last free threads wait while answers come. Shorter than what
# deploy/web_healthy.py waits, which may find all of them asleep once, before it shows that none do.
SOON = 3


class Wait:
    """One request's wait: how long it may be, and whether it came to an answer."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        self.is_answered = False


class Patience:
    """The waits of one process, which has that many threads."""

    def __init__(self, threads: int) -> None:
        self.unlimited = max(1, threads - max(1, threads // 8))
        self.waiting = 0
        self.answers_come = True
        self.answered_at = self.tried_at = 0.0
        self.lock = Lock()

    @contextmanager
    def wait(self, seconds: int) -> Iterator[Wait]:
        """For the last threads less than these seconds, or nothing while no answers come.

        One of them waits a second then, every few seconds, to find out whether they come again.
        """
        with self.lock:
            began = monotonic()
            if self.waiting >= self.unlimited:
                if self.answers_come:
                    seconds = min(seconds, SOON)
                elif began - self.tried_at > SOON:
                    seconds, self.tried_at = min(seconds, 1), began
                else:
                    seconds = 0
            self.waiting += 1
        wait = Wait(seconds)
        try:
            yield wait
        finally:
            with self.lock:
                self.waiting -= 1
                if wait.is_answered:
                    self.answered_at, self.answers_come = monotonic(), True
                # Not one whose job failed at once.
                elif monotonic() - began > SOON / 2 and self.answered_at < began:
                    self.answers_come = False


patience = Patience(settings.WEB_THREADS)
