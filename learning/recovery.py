"""Finds work that was lost: workers that were killed, an emptied Redis, examples not looked at."""

import logging
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.utils import timezone
from django.utils.translation import gettext_noop
from redis.exceptions import RedisError
from rq.utils import current_timestamp
from rq.worker import Worker

from foundation.observability.outcomes import repairs_total
from learning import queue
from learning.background import BackgroundWork
from learning.data_sets.models import DataSetExport, DataSetImport
from learning.models import Archive, Example, Package, Training
from predictions.queueing.liveness import is_dead

logger = logging.getLogger(__name__)

KINDS: list[type[BackgroundWork]] = [Training, Archive, Package, DataSetExport, DataSetImport]
MAX_ATTEMPTS = 3
# Work is enqueued right after its commit. If that failed, it is found once it is this old.
FORGOTTEN_AFTER = timedelta(seconds=20)
# A worker that is alive has spoken since, also on a machine that is busy with answers.
SILENT_AFTER = timedelta(seconds=60)
DEADLY = gettext_noop(
    "The worker died three times during this work, perhaps for lack of memory. Ask the "
    "administrators, or try with fewer pictures."
)


def recover_now_and_then(**kwargs: Any) -> None:
    recover()


def recover() -> None:
    """Raises DatabaseError and RedisError."""
    take_from_the_dead()
    alive = live_job_ids()
    for kind in KINDS:
        for work in unfinished(kind):
            if str(work.job_id) not in alive:
                again(work)
    # What came of an import is a version, and the page of the import leads to it.
    expire(Package.objects.exclude(is_import=True, status="done"), Package.KEPT_FOR)
    expire(DataSetExport.objects.all(), DataSetExport.KEPT_FOR)
    since = timezone.now() - FORGOTTEN_AFTER
    forgotten = Example.objects.filter(looked_at=None, problem="", created_at__lt=since)
    for classifier_id in forgotten.values_list("taught_class__classifier", flat=True).distinct():
        queue.look(classifier_id)


def expire(works: Any, kept_for: timedelta) -> None:
    """Deletes those that have ended, with their files, once they are so old."""
    ended = works.exclude(status__in=BackgroundWork.UNFINISHED)
    for work in ended.filter(created_at__lt=timezone.now() - kept_for):
        work.delete()


def unfinished(kind: type[BackgroundWork]) -> Any:
    """That has not been heard of for so long that it may be lost."""
    now = timezone.now()
    waiting = kind._default_manager.filter(status="queued", created_at__lt=now - FORGOTTEN_AFTER)
    return waiting | kind._default_manager.filter(
        status="running", reported_at__lt=now - SILENT_AFTER
    )


def live_job_ids() -> set[str]:
    """Of what waits, and of what workers have in hand and have lately said so."""
    training = queue.get_queue()
    registry = training.started_job_registry
    in_hand = registry.connection.zrangebyscore(registry.key, current_timestamp(), "+inf")
    # Its members are a job's id and an execution's with a colon between.
    return {*training.job_ids, *(member.decode().partition(":")[0] for member in in_hand)}


def take_from_the_dead() -> None:
    """What workers had in hand whose processes are gone from this machine, or that are silent."""
    try:
        for worker in Worker.all(queue=queue.get_queue()):
            if is_dead(worker):
                job_ids = {execution.job_id for execution in worker.get_current_executions()}
                logger.warning("The training worker %s died", worker.name)
                repairs_total.labels("training_worker_died").inc()
                worker.register_death()
                for job_id in job_ids:
                    lost(job_id, by_itself=True)
    except RedisError as error:
        logger.error("Lost trainings are looked for later: %s", error)


def lost(job_id: str, *, by_itself: bool) -> None:
    """A job's process has died. by_itself: not because the worker was told to stop."""
    for kind in KINDS:
        work = kind._default_manager.filter(
            job_id=UUID(job_id), status__in=BackgroundWork.UNFINISHED
        ).first()
        if work is not None:
            if not by_itself:
                work.attempts = max(0, work.attempts - 1)
            again(work)


def again(work: BackgroundWork) -> None:
    """Enqueues it once more, unless workers have begun with it three times."""
    if work.attempts >= MAX_ATTEMPTS:
        work.fail(DEADLY)
        return
    job_id = uuid4()
    moved = (
        type(work)
        ._default_manager.filter(
            pk=work.pk, job_id=work.job_id, status__in=BackgroundWork.UNFINISHED
        )
        .update(job_id=job_id, status="queued", stage="waiting", attempts=work.attempts)
    )
    if moved:
        logger.warning("%s %s begins again", work._meta.verbose_name, work.pk)
        repairs_total.labels("training_restarted").inc()
        work.job_id = job_id
        queue.start(work)
