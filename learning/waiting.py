"""Waiting for what a worker does, for a program that asked for it."""

from contextlib import suppress
from functools import partial

from redis.exceptions import RedisError

from learning.background import BackgroundWork
from predictions.queueing.patience import patience
from predictions.queueing.queue import wait_for_result


def wait_for_end(work: BackgroundWork, seconds: int) -> None:
    """Sleeps until it has ended, at most that long, and reads how it stands then.

    Redis wakes this thread with the result of the job; nothing polls. One that begins again for a
    dead worker has another job, of which nobody who waits already hears.
    """
    if work.is_unfinished and seconds:
        with suppress(RedisError):
            patience.wait(seconds, partial(wait_for_result, work.job_id))
        work.refresh_from_db()
