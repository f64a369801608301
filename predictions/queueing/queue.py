"""The queue of pictures that wait for a worker, and the wait for an answer from it."""

import math
from collections.abc import Sequence
from functools import cache
from threading import Lock
from time import monotonic
from typing import Any
from uuid import UUID

import django_rq
from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, Retry
from rq.exceptions import NoSuchJobError
from rq.job import Job
from rq.results import Result

from foundation.observability import tracing
from foundation.observability.logs import carried
from predictions.models import Inference
from predictions.queueing.turns import waiting_of
from predictions.refusals import NotTaken, QueueFull, TooManyWaiting

# Workers serve the first before the second: people who wait, and bulk work.
INTERACTIVE, BULK = QUEUE_NAMES = "predictions", "bulk"

# RQ wants a function's name of each job. No function is called by it: worker.py runs many jobs at
# once, and does so to those that older versions have enqueued as `predictions.jobs.classify`.
CLASSIFY = "predictions.classify"
# Not counting a worker's death with more than this picture in hand (recovery.py).
MAX_ATTEMPTS = 3
# Seconds a finished job stays visible in Redis; the answer itself is in Postgres. A job takes 4 kB:
# a hundred a second fill 120 MB in that time.
RESULT_TTL = 300
TRACE = "trace"  # in a job's meta, as is:
CONTEXT = "context"  # in a job's meta: ids of the request that caused it, for log lines
FIRST_USE = Lock()
# Seconds staff can look at a failed job; not at one that failed for its picture, of which Postgres
# says all there is to say, nor at a shadow's: more of these can come than Redis has room for.
FAILURE_TTL = 7 * 24 * 3600
# How long each queue was when this process last put something into it, and when that was. In so
# many seconds the half of one cannot be filled.
lengths: dict[str, tuple[int, float]] = {}
PLENTY_SECONDS = 1.0


def get_queue(name: str) -> Queue:
    """One queue object, and so one pool of connections, for each process.

    Of two made at once by a process's first requests, one would be thrown away, and its pool closed
    under the request that made it.
    """
    with FIRST_USE:
        return make_queue(name)


@cache
def make_queue(name: str) -> Queue:
    return django_rq.get_queue(name)


@cache
def make_patient(seconds: int) -> Redis:
    """The same Redis, for reads that block so long; whatever the address says of it."""
    redis: Redis = django_rq.get_connection(INTERACTIVE)
    redis.connection_pool.connection_kwargs["socket_timeout"] = seconds + 5  # as RQ's workers do
    return redis


def queues() -> list[Queue]:
    return [get_queue(name) for name in QUEUE_NAMES]


def no_room(name: str, user_id: int) -> NotTaken | None:
    """Why no more pictures of this person are accepted into this queue, or None.

    Each queue has its own limit: bulk work does not block requests for a single answer. Redis
    is not asked when it has just said that there is plenty of room.
    """
    length, seen_at = lengths.get(name, (0, -math.inf))
    fewest = min(settings.QUEUE_LIMIT, settings.QUEUE_LIMIT_PER_PERSON)
    if monotonic() - seen_at < PLENTY_SECONDS and 2 * length < fewest:
        return None
    queue = get_queue(name)
    length = queue.count
    if length >= settings.QUEUE_LIMIT:
        return QueueFull()
    own_limit = settings.QUEUE_LIMIT_PER_PERSON
    if length >= own_limit and waiting_of(queue, user_id) >= own_limit:
        return TooManyWaiting()
    return None


def context_of(job: Job) -> dict[str, Any]:
    """The ids of the request that caused a job, by their names in log lines; none in older jobs."""
    context: dict[str, Any] = job.meta.get(CONTEXT, {})
    return context


def ahead_of(job_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many pictures are served before each of these; 0 for one that a worker has in hand.

    Empty while Redis cannot be reached: a page can do without.
    """
    with get_queue(INTERACTIVE).connection.pipeline(transaction=False) as pipeline:
        pipeline.llen(get_queue(INTERACTIVE).key)
        for job_id in job_ids:
            for queue in queues():
                pipeline.lpos(queue.key, str(job_id))
        try:
            interactive, *places = pipeline.execute()
        except RedisError:
            return {}
    return {
        job_id: first if first is not None else 0 if bulk is None else interactive + bulk
        for job_id, first, bulk in zip(job_ids, places[::2], places[1::2], strict=True)
    }


def fetch_jobs(job_ids: Sequence[str]) -> list[Job | None]:
    """None for what is gone, or of which only a piece is there, as after Redis was emptied."""
    queue = get_queue(INTERACTIVE)

    def fetch(job_ids: Sequence[str]) -> list[Job | None]:
        return Job.fetch_many(job_ids, queue.connection, queue.serializer)

    try:
        return fetch(job_ids)
    except NoSuchJobError:  # RQ's word for a piece
        jobs: list[Job | None] = []
        for job_id in job_ids:
            try:
                jobs += fetch([job_id])
            except NoSuchJobError:
                jobs.append(None)
        return jobs


def enqueue(inference: Inference, name: str = INTERACTIVE, *, work: int) -> None:
    """Gives an inference, already committed, to the workers.

    work: samples its picture's decoder visits (inference/survey.py), by which batches are limited.
    """
    queue = get_queue(name)
    with (
        tracing.span(f"send {name}", "producer", **{"messaging.system": "rq"}),
        queue.connection.pipeline() as pipeline,  # without, RQ asks Redis twice
    ):
        queue.enqueue(
            CLASSIFY,
            inference.pk,
            inference.image.file.name,
            inference.model_version_id,
            job_id=str(inference.job_id),
            result_ttl=RESULT_TTL,
            failure_ttl=FAILURE_TTL,
            retry=Retry(MAX_ATTEMPTS - 1, enqueue_at_front=True),
            description=f"classify inference {inference.pk}",
            meta={"work": work, CONTEXT: carried(), TRACE: tracing.carried()},
            pipeline=pipeline,
        )
        *_, length = pipeline.execute()  # RPUSH says it
    lengths[name] = length, monotonic()


# A job's key names its queue, by which RQ finds its registries.
MOVE = """
if redis.call('LREM', KEYS[1], 1, ARGV[1]) == 0 then return 0 end
redis.call('HSET', KEYS[3], 'origin', ARGV[2])
return redis.call('RPUSH', KEYS[2], ARGV[1])
"""


def move_to_interactive(inference: Inference) -> None:
    """Takes an inference out of the bulk work it waits among, for somebody who waits for it alone.

    Does nothing if it does not wait there.

    Raises:
        redis.exceptions.RedisError
    """
    bulk, interactive = get_queue(BULK), get_queue(INTERACTIVE)
    job_id = str(inference.job_id)
    keys = [bulk.key, interactive.key, Job.key_for(job_id)]
    bulk.connection.register_script(MOVE)(keys, [job_id, INTERACTIVE])


def take_back(name: str, job_ids: Sequence[UUID]) -> None:
    """Deletes those of these jobs that still wait.

    Raises:
        redis.exceptions.RedisError
    """
    queue = get_queue(name)
    for job_id in map(str, job_ids):
        if queue.connection.lrem(queue.key, 1, job_id):
            queue.connection.delete(Job.key_for(job_id))


def wait_for_result(job_id: UUID, seconds: int) -> Result | None:
    """Sleeps until the job has finished or failed, at most that long; None if it takes longer.

    A blocking read of the job's result stream: Redis wakes this thread, nothing polls. The job
    need not have been enqueued yet.
    """
    queue = get_queue(INTERACTIVE)
    with FIRST_USE:
        patient = make_patient(max(seconds, settings.PREDICT_TIMEOUT))
    job = Job(str(job_id), connection=patient, serializer=queue.serializer)
    with tracing.span("wait for the answer"):
        return job.latest_result(timeout=seconds)
