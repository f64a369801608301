"""Trying again, as long as that makes sense."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event
from typing import TypeVar

from classifier_client.errors import ApiError, Unreachable

T = TypeVar("T")
FIRST, LONGEST = 1.0, 30.0  # seconds between two attempts, where the service does not say


class Stopped(Exception):
    """The person wants no more."""


@dataclass
class Retries:
    """Shared by threads: where one is told to wait, all do.

    give_up_after: seconds without any success; to be told of a limit is one.
    on_wait: told how long it waits, and why.
    """

    give_up_after: float = 600
    on_wait: Callable[[float, str], None] = lambda seconds, why: None
    stop: Event = field(default_factory=Event)
    not_before: float = 0
    last_success: float = field(default_factory=time.monotonic)

    def call(self, attempt: Callable[[], T]) -> T:
        """What the attempt returns once it succeeds.

        Raises Stopped, and what the attempt raises if it will not pass, or has not for too long.
        """
        delay = FIRST
        while True:
            self.wait(self.not_before - time.monotonic())
            try:
                result = attempt()
            except (ApiError, Unreachable) as error:
                if isinstance(error, ApiError) and not error.passes:
                    raise
                asked = error.retry_after if isinstance(error, ApiError) else None
                # Up to a quarter more, so that threads and programs do not come back all at once.
                seconds = (delay if asked is None else asked) * random.uniform(1, 1.25)  # noqa: S311
                now = time.monotonic()
                if isinstance(error, ApiError) and error.status == 429:
                    self.last_success = now + seconds  # limits are kept, however long they last
                if now + seconds > self.last_success + self.give_up_after:
                    raise
                self.on_wait(seconds, str(error))
                if asked is None:
                    delay = min(2 * delay, LONGEST)
                else:
                    self.not_before = max(self.not_before, now + seconds)
                self.wait(seconds)
            else:
                self.last_success = time.monotonic()
                return result

    def wait(self, seconds: float) -> None:
        """Raises Stopped."""
        if self.stop.wait(max(0.0, seconds)):
            raise Stopped
