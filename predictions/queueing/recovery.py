"""Finds work that was lost on its way: workers that were killed, an emptied Redis, a lost queue.

Postgres is the truth. Unfinished inferences without a live job are enqueued again, the trash is
emptied, and orphaned pictures, which nothing shows, are deleted.
"""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext_noop
from redis.exceptions import LockError
from rq.executions import Execution
from rq.job import Job
from rq.worker import SimpleWorker

from foundation.observability.outcomes import failures_total, repairs_total
from foundation.storage.lasting import StorageUnreachable
from predictions.models import Image, Inference, Prediction
from predictions.pictures.deletion import delete_if_orphaned, empty_trash, is_shown
from predictions.queueing import turns
from predictions.queueing.batch import Task
from predictions.queueing.chores import maintained
from predictions.queueing.jobs import NOT_OURS
from predictions.queueing.liveness import is_dead
from predictions.queueing.queue import BULK, MAX_ATTEMPTS, enqueue, fetch_jobs, get_queue, queues

logger = logging.getLogger(__name__)

# A request enqueues right after its commit; what is older than this has missed that.
FORGOTTEN_AFTER = timedelta(seconds=20)
# Pictures enqueued again in one go; a worker does nothing else meanwhile.
AT_ONCE = 200
# Longer than a job is between two of Redis's lists on its way to a worker.
SECOND_LOOK = 0.25
# Orphaned pictures deleted in one go, and pictures in the trash.
DELETED_AT_ONCE, EMPTIED_AT_ONCE = 20, 200
LOOKED, LOOK_EVERY = "classifier:orphaned", 3600  # seconds; it reads through all pictures
LOCK, LOCK_SECONDS = "classifier:recovery", 60
DEADLY = gettext_noop("The picture could not be classified: it crashed three workers.")


def recover(finish: Callable[[list[Task]], None]) -> None:
    """All of it, in one process at a time.

    finish: tells RQ that these are finished (`PredictionWorker.finish`).
    """
    connection = queues()[0].connection
    lock = connection.lock(LOCK, timeout=LOCK_SECONDS)
    if lock.acquire(blocking=False):
        try:
            requeue_jobs_of_dead_workers(finish)
            requeue_lost()
            empty_trash(EMPTIED_AT_ONCE)
            delete_orphaned_images()
            maintained.send_robust(None)
        finally:
            with suppress(LockError):  # it took longer than the lock lasts, or Redis was emptied
                lock.release()


def requeue_jobs_of_dead_workers(finish: Callable[[list[Task]], None]) -> None:
    """Lets RQ retry now what dead workers had in hand, instead of when its own patience ends.

    Not what they had answered and only not reported: that is finished.
    """
    registries = [queue.started_job_registry for queue in queues()]
    workers = {worker for queue in queues() for worker in SimpleWorker.all(queue=queue)}
    for worker in workers:
        if not is_dead(worker):
            continue
        executions = worker.get_current_executions()
        logger.warning("Worker %s died with %d jobs in hand", worker.name, len(executions))
        repairs_total.labels("worker_died").inc()
        answered, unanswered = [], []
        for job, execution, inference in jobs_of(executions):
            if inference and inference.status == Inference.Status.DONE:
                answered.append(Task(job, get_queue(job.origin), execution))
            elif inference:
                unanswered.append((job, inference))
        if answered:
            finish(answered)
        if len(executions) > 1:
            count_no_try(unanswered)
        with worker.connection.pipeline() as pipeline:
            for execution in executions:
                for registry in registries:
                    registry.add_execution(execution, pipeline, ttl=0, xx=True)
            pipeline.execute()
        worker.register_death()
    for registry in registries:
        registry.cleanup()  # retries what has tries left and fails the rest


def jobs_of(executions: list[Execution]) -> list[tuple[Job, Execution, Inference | None]]:
    """With the inference that each asks for; None of a job that is not ours."""
    found = fetch_jobs([execution.job_id for execution in executions])
    return [
        (job, execution, inference_of(job))
        for job, execution in zip(found, executions, strict=True)
        if job is not None
    ]


def inference_of(job: Job) -> Inference | None:
    with suppress(*NOT_OURS):
        # By both, so that the index of the first is used, and no other job's number is taken.
        return Inference.objects.filter(pk=job.args[0], job_id=job.id).only("status").first()
    return None


def count_no_try(unanswered: list[tuple[Job, Inference]]) -> None:
    """Holds a death with many in hand against none of them; each runs alone from now on.

    At most one is to blame, and three deaths that have nothing to do with pictures must not meet
    the same one by chance. The numbers are set, not added to: this process may be killed halfway.
    """
    with queues()[0].connection.pipeline() as pipeline:
        for job, _ in unanswered:
            # RQ takes one off when it lets them try again.
            pipeline.hset(job.key, "retries_left", MAX_ATTEMPTS)
        pipeline.execute()
    ids = [inference.pk for _, inference in unanswered]
    Inference.objects.filter(pk__in=ids).update(attempts=0)


def requeue_lost() -> int:
    """Enqueues what is unfinished in Postgres, but neither waits nor is in a worker's hands.

    Gives up on what workers have begun and never finished MAX_ATTEMPTS times. Returns how many
    were enqueued.
    """
    unfinished = Inference.objects.filter(
        status__in=[Inference.Status.QUEUED, Inference.Status.RUNNING],
        created_at__lt=timezone.now() - FORGOTTEN_AFTER,
    )
    job_ids = {str(job_id) for job_id in unfinished.values_list("job_id", flat=True)}
    forgotten = job_ids - live_job_ids()
    if forgotten:
        time.sleep(SECOND_LOOK)
        forgotten -= live_job_ids()
    # Asked again: what a worker has finished meanwhile is no live job either.
    unfinished = unfinished.filter(job_id__in=forgotten)
    given_up = unfinished.filter(attempts__gte=MAX_ATTEMPTS).fail(DEADLY)
    failures_total.labels("crashed").inc(given_up)
    repairs_total.labels("picture_given_up").inc(given_up)
    # People first: their pictures may be younger than hundreds that nobody waits for.
    lost = unfinished.select_related("image").order_by(turns.ASKED_BY_NOBODY, "created_at")[
        :AT_ONCE
    ]
    for inference in lost:
        enqueue_again(inference)
        repairs_total.labels("picture_requeued").inc()
    if lost:
        logger.warning("%d pictures were lost on their way and are enqueued again", len(lost))
    return len(lost)


def live_job_ids() -> set[str]:
    """The jobs that wait and those that workers have begun, read in the order jobs move in."""
    return {
        job_id
        for queue in queues()
        for job_ids in (queue.job_ids, queue.started_job_registry.get_job_ids(cleanup=False))
        for job_id in job_ids
    }


def enqueue_again(inference: Inference) -> None:
    """A new job in place of the lost one, in the same queue if that is still known."""
    name = BULK  # clients that waited for it have given up by now
    for queue in queues():
        job = queue.fetch_job(str(inference.job_id))
        if job is not None:
            name = queue.name
            queue.intermediate_queue.remove(job.id)
            # RQ keeps the id of an execution for a minute longer than the rest of it, and its
            # job.delete raises ValueError for one of which nothing but the id is left.
            job.execution_registry.cleanup(time.time() + 61)
            job.delete()
    image = inference.image
    enqueue(inference, name, work=3 * image.width * image.height)  # as an ordinary picture


def delete_orphaned_images() -> None:
    """Once an hour, whatever a process that died after its commit did not come to delete."""
    connection = queues()[0].connection
    # Without any prediction the database is being restored, table by table.
    if connection.exists(LOOKED) or not Prediction.everything.exists():
        return
    orphaned = (
        Image.objects.filter(~is_shown()).order_by().values_list("pk", flat=True)[:DELETED_AT_ONCE]
    )
    deleted = 0
    for image_id in orphaned:
        try:
            delete_if_orphaned(image_id)
            repairs_total.labels("orphan_deleted").inc()
            deleted += 1
        except StorageUnreachable as error:  # nor can the others be deleted
            logger.error("Orphaned pictures are deleted later: %s", error)
            return
        except OSError as error:
            logger.error("An orphaned picture cannot be deleted: %s", error)
    if deleted < DELETED_AT_ONCE:  # or there may be more
        connection.set(LOOKED, 1, ex=LOOK_EVERY)
