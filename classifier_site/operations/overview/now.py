"""What waits and who works, as Redis knows at this moment."""

from typing import NamedTuple

from redis import Redis
from rq import Queue

from classifier_site.operations.probes import (
    alive_workers,
    answer_of,
    ask_redis,
    is_stalled,
    oldest_waiting,
)
from learning.queue import NAME as TRAINING
from predictions.queueing.queue import QUEUE_NAMES


class QueueNow(NamedTuple):
    name: str
    waiting: int
    workers: int  # with a recent heartbeat
    failed: int  # jobs that staff can look at


class Now(NamedTuple):
    queues: list[QueueNow]
    oldest_waiting: int  # seconds, of the pictures
    is_stalled: bool

    @property
    def pictures_wait(self) -> bool:
        return any(queue.waiting for queue in self.queues if queue.name in QUEUE_NAMES)

    @property
    def has_workers(self) -> bool:
        """For pictures."""
        return self.queues[0].workers > 0


def now() -> Now | None:
    """None if Redis does not answer within a second."""
    return answer_of(ask_redis(look))


def look(redis: Redis) -> Now:
    waited = oldest_waiting(redis)
    return Now(
        [look_at(name, redis) for name in (*QUEUE_NAMES, TRAINING)],
        waited,
        is_stalled(redis, waited),
    )


def look_at(name: str, redis: Redis) -> QueueNow:
    queue = Queue(name, connection=redis)
    failed = queue.failed_job_registry.get_job_count(cleanup=False)
    return QueueNow(name, queue.count, alive_workers(redis, name), failed)
