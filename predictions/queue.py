"""The queue of pictures that wait for a worker, and the wait for an answer from it."""

from functools import cache
from uuid import UUID

import django_rq
from rq import Queue
from rq.job import Job

from predictions.models import Inference

RESULT_TTL = 600  # seconds a finished job stays visible in Redis; the answer itself is in Postgres
FAILURE_TTL = 7 * 24 * 3600  # seconds staff can look at a failed job


@cache
def predictions_queue() -> Queue:
    """One queue object, and so one pool of connections, for each process."""
    return django_rq.get_queue("predictions")


def enqueue(inference: Inference) -> None:
    """Gives an inference, already committed, to the workers."""
    predictions_queue().enqueue(
        "predictions.jobs.classify",
        inference.pk,
        job_id=str(inference.job_id),
        result_ttl=RESULT_TTL,
        failure_ttl=FAILURE_TTL,
        description=f"classify inference {inference.pk}",
    )


def wait_for_job(job_id: UUID, seconds: int) -> None:
    """Sleeps until the job has finished or failed, at most that long.

    A blocking read of the job's result stream: Redis wakes this thread, nothing polls. The job
    need not have been enqueued yet.
    """
    if seconds <= 0:  # RQ's 0 means "do not wait"; so does ours
        return
    queue = predictions_queue()
    Job(str(job_id), connection=queue.connection, serializer=queue.serializer).latest_result(
        timeout=seconds
    )


def enqueue_again(inference: Inference) -> None:
    """Like `enqueue`, for an inference whose job is dead: nothing of that job remains."""
    dead = predictions_queue().fetch_job(str(inference.job_id))
    if dead is not None:
        dead.delete()
    enqueue(inference)


def is_alive(job_id: UUID) -> bool:
    """Whether a job is waiting for a worker or in the hands of one."""
    job = predictions_queue().fetch_job(str(job_id))
    return job is not None and (job.is_queued or job.is_started or job.is_scheduled)
