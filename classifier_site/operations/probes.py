"""Probes of the database and Redis that are answered within a second or count as failed."""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from typing import TypeVar, cast

from django.conf import settings
from django.db import connection
from redis import Redis
from rq import Queue, Worker
from rq.job import Job
from rq.utils import now, utcparse

from foundation.redis_server import connect
from predictions.queueing.liveness import PROGRESS, STALLED_AFTER, is_silent
from predictions.queueing.queue import QUEUE_NAMES

logger = logging.getLogger(__name__)

SECONDS = 1.0

Found = TypeVar("Found")


@cache
def threads(server: str) -> ThreadPoolExecutor:
    """Created on first use, so after gunicorn has forked. Probes that hang occupy only its
    threads.
    """
    return ThreadPoolExecutor(max_workers=4, thread_name_prefix=f"probe-{server}")


def ask_database(look: Callable[[], Found]) -> Future[Found]:
    def ask() -> Found:
        try:
            return look()
        finally:
            connection.close()

    return threads("database").submit(ask)


def ask_redis(look: Callable[[Redis], Found]) -> Future[Found]:
    def ask() -> Found:
        with connect(
            settings.REDIS_URL, socket_timeout=SECONDS, socket_connect_timeout=SECONDS
        ) as redis:
            return look(redis)

    return threads("redis").submit(ask)


def answer_of(asked: Future[Found], seconds: float = SECONDS) -> Found | None:
    """The server's answer; None if it failed or took longer, a second unless told."""
    try:
        return asked.result(timeout=seconds)
    except Exception as error:
        asked.cancel()
        logger.warning("No answer from a server: %s: %s", type(error).__name__, error)
        return None


def queue_lengths(redis: Redis) -> dict[str, int]:
    """Number of waiting pictures in each queue."""
    return {name: Queue(name, connection=redis).count for name in QUEUE_NAMES}


def oldest_waiting(redis: Redis) -> int:
    """Seconds that the first job of a queue has waited, by this machine's clock; 0 for none."""
    enqueued = []
    for name in QUEUE_NAMES:
        job_id = cast(bytes | None, redis.lindex(Queue(name, connection=redis).key, 0))
        since = job_id and redis.hget(Job.key_for(job_id.decode()), "enqueued_at")
        if since:
            enqueued.append(utcparse(cast(bytes, since).decode()))
    return max((int((now() - since).total_seconds()) for since in enqueued), default=0)


def is_stalled(redis: Redis, waited: int) -> bool:
    """Whether pictures are waiting while no worker finishes any.

    waited: seconds, see `oldest_waiting`. A long queue that moves is healthy: one person with many
    pictures could otherwise have the site taken out of service.
    """
    return waited > STALLED_AFTER and not redis.exists(PROGRESS)


def alive_workers(redis: Redis, queue: str = QUEUE_NAMES[0]) -> int:
    """Workers of this queue with a recent heartbeat."""
    workers = Worker.all(queue=Queue(queue, connection=redis))
    return sum(not is_silent(worker) for worker in workers)
