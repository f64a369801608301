"""The queue of what takes long, and what is put into it."""

import logging
from uuid import uuid4

import django_rq
from redis.exceptions import RedisError
from rq import Queue, Worker

from accounts.models import User
from foundation.observability.logs import carried
from learning.background import BackgroundWork
from learning.refusals import Busy
from predictions.queueing.queue import CONTEXT

logger = logging.getLogger(__name__)

NAME = "training"
# The worker runs no others (worker.py): write access to Redis should not allow arbitrary code.
JOBS = LOOK, UNPACK, TRAIN, PACK, EXPORT, IMPORT = (
    "learning.jobs.look",
    "learning.jobs.unpack",
    "learning.jobs.train",
    "learning.jobs.pack",
    "learning.jobs.export_data_set",
    "learning.jobs.import_data_set",
)
OF_KIND = {
    "archive": UNPACK,
    "training": TRAIN,
    "package": PACK,
    "datasetexport": EXPORT,
    "datasetimport": IMPORT,
}
# A finished job stays visible for so long, a failed one for a day; the database tells of both.
RESULT_TTL, FAILURE_TTL = 60, 24 * 3600  # seconds
# So long no second look at a classifier's new pictures is enqueued, unless one begins.
LOOK_AGAIN = 30  # seconds
MOST_WAITING = 5  # of one person and of a kind, or others would wait for these all day


def get_queue() -> Queue:
    return django_rq.get_queue(NAME)


def look(classifier_id: int) -> None:
    """Has the features of new examples computed, soon; recovery.py does if Redis cannot hear it."""
    try:
        queue = get_queue()
        if queue.connection.set(look_key(classifier_id), 1, nx=True, ex=LOOK_AGAIN):
            enqueue(queue, LOOK, classifier_id, job_id=str(uuid4()))
    except RedisError as error:
        logger.error("New examples are looked at later: %s", error)


def look_key(classifier_id: int | str) -> str:
    return f"classifier:look:{classifier_id}"


def start(work: BackgroundWork) -> None:
    """After its row is committed; recovery.py does it if Redis cannot hear it."""
    kind = OF_KIND[str(work._meta.model_name)]
    try:
        enqueue(get_queue(), kind, str(work.pk), job_id=str(work.job_id))
    except RedisError as error:
        logger.error("Work waits for Redis: %s", error)


def enqueue(queue: Queue, kind: str, argument: int | str, job_id: str) -> None:
    """Raises RedisError."""
    queue.enqueue(
        kind,
        argument,
        job_id=job_id,
        job_timeout=-1,  # each kind knows its own limits
        result_ttl=RESULT_TTL,
        failure_ttl=FAILURE_TTL,
        description=f"{kind} {argument}",
        meta={CONTEXT: carried()},
    )


def has_worker() -> bool | None:
    """Whether a worker serves this queue; None while Redis cannot say."""
    try:
        return Worker.count(queue=get_queue()) > 0
    except RedisError:
        return None


def refuse_many(kind: type[BackgroundWork], user: User | None, why: str) -> None:
    """Raises Busy if as much of this person waits, or is being done, as may."""
    theirs = kind._default_manager.filter(started_by=user, status__in=kind.UNFINISHED)
    if user is not None and theirs.count() >= MOST_WAITING:
        raise Busy(why)
