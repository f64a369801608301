"""How long requests wait for their answers, so that they leave threads for those that do not wait.

With no worker at work, everybody who sends a picture waits. Were all threads to sleep, the site
would answer nobody, and what watches over it would take it for dead. So the last threads are for
waiting only while answers come.

While none come, and the others wait already, who would wait for a new picture is refused before it
is recorded. Pictures of clients that have given up would be served before those of clients that
does, and clients that send the next one at once would never be answered again.
"""

from collections.abc import Callable
from threading import Lock
from time import monotonic
from typing import TypeVar

from django.conf import settings

# Seconds without an answer to anybody after which the last threads are not for waiting. Longer than
# a batch takes.
SOON = 5

Found = TypeVar("Found")


class Patience:
    """The waits of one process, which has that many threads."""

    def __init__(self, threads: int) -> None:
        self.unlimited = max(1, threads - max(1, threads // 8))
        self.waiting = 0
        self.answered_at = 0.0  # or when those who wait became many, if that was later
        self.lock = Lock()

    def is_over(self) -> bool:
        """Whether nobody is answered, and those who wait are as many as may do that for long."""
        return self.waiting >= self.unlimited and monotonic() - self.answered_at > SOON

    def wait(self, seconds: int, look: Callable[[int], Found | None]) -> Found | None:
        """What `look` finds within these seconds; it waits for as many as it is given.

        One of the last threads gives up before that, once patience is over.
        """
        with self.lock:
            if 2 * self.waiting < self.unlimited:  # a few may have waited in vain for long
                self.answered_at = monotonic()
            is_last = self.waiting >= self.unlimited
            self.waiting += 1
        found = None
        try:
            while found is None and seconds > 0 and not (is_last and self.is_over()):
                at_once = min(seconds, SOON) if is_last else seconds
                found = look(at_once)
                seconds -= at_once
            return found
        finally:
            with self.lock:
                self.waiting -= 1
                if found is not None:
                    self.answered_at = monotonic()


patience = Patience(settings.WEB_THREADS)
