"""What the worker of the queue `training` runs, each in a process of its own."""

import logging
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import Any, cast
from uuid import UUID

from django.db import Error as DatabaseError
from django.db import InterfaceError, OperationalError
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_noop
from rq import get_current_job
from rq.job import Job

from foundation.storage.lasting import StorageUnreachable
from learning import archives
from learning.background import BackgroundWork, Cancelled
from learning.data_sets import reading, writing
from learning.data_sets.models import DataSetExport, DataSetImport
from learning.models import Archive, Example, Package, Training
from learning.queue import get_queue, look_key
from learning.refusals import TeachingRefused
from learning.training.refusals import CannotLearn
from learning.work import features, lookalikes, packing
from learning.work.train import train as learn_from_examples
from predictions.inference.errors import ModelError
from predictions.inference.progress import Progress
from predictions.refusals import NoModel, NotStored, StorageAway

logger = logging.getLogger(__name__)

REPORT_EVERY = 0.3  # seconds
DATABASE_AWAY = (OperationalError, InterfaceError)
NO_STORAGE = gettext_noop("The storage of pictures cannot be reached. Try again later.")
NO_ROOM = gettext_noop("It could not be saved; the disk may be full. Try again later.")
NO_DATABASE = gettext_noop("The database did not answer. Try again later.")
NO_NETWORK = gettext_noop("The network to learn with is not ready. Ask the administrators.")
NO_MEMORY = gettext_noop("There was not enough memory. Try with fewer pictures.")
# What learning.training says, which knows no translations.
gettext_noop("Two classes need at least one picture each.")
gettext_noop("The class %(name)s has no pictures: add some, or remove the class.")
BROKEN = gettext_noop("Something went wrong, and the administrators can see what in the log.")


def look(classifier_id: int) -> None:
    """Computes the features of examples that are new, and finds those that look alike."""
    get_queue().connection.delete(look_key(classifier_id))  # what comes from now on is looked at
    new = Example.objects.filter(taught_class__classifier=classifier_id, looked_at=None, problem="")
    examples = list(new.select_related("image"))
    if not examples:
        return
    network, _manifest = features.serving()
    features.compute_missing(examples, network, lambda *_: None)
    lookalikes.find(classifier_id, network)
    ids = [example.pk for example in examples]
    Example.objects.filter(pk__in=ids).update(looked_at=timezone.now())


def unpack(archive_id: str) -> None:
    perform(Archive, archive_id, archives.unpack)


def pack(package_id: str) -> None:
    perform(Package, package_id, packing.perform)


def export_data_set(export_id: str) -> None:
    perform(DataSetExport, export_id, writing.write)


def import_data_set(import_id: str) -> None:
    perform(DataSetImport, import_id, reading.read)


def train(training_id: str) -> None:
    perform(Training, training_id, learn_from_examples)


def perform(kind: type[Any], pk: str, work_on: Callable[[Any, Progress], None]) -> None:
    """Runs it once; each failure becomes a sentence for the person who waits."""
    name = kind._meta.verbose_name
    try:
        work = begin(kind, pk)
    except DATABASE_AWAY as error:  # recovery.py enqueues it again
        logger.error("%s %s waits for the database: %s", name, pk, error)
        return
    if work is None:
        return
    try:
        work_on(work, Reports(work))
        logger.info("%s %s is done", name, pk)
    except Cancelled:
        logger.info("%s %s was cancelled", name, pk)
    except (TeachingRefused, CannotLearn) as error:
        work.fail(error.text, **error.values)
    except (StorageUnreachable, StorageAway) as error:
        logger.error("%s %s failed: %s", name, pk, error)
        work.fail(NO_STORAGE)
    except (OSError, NotStored) as error:
        logger.error("%s %s failed: %s", name, pk, error)
        work.fail(NO_ROOM)
    except DATABASE_AWAY as error:
        logger.error("%s %s failed: %s", name, pk, error)
        with suppress(*DATABASE_AWAY):  # then recovery.py enqueues it again
            work.fail(NO_DATABASE)
    except DatabaseError:
        logger.exception("%s %s failed", name, pk)
        work.fail(NO_DATABASE)
    except (NoModel, ModelError) as error:
        logger.error("%s %s failed: %s", name, pk, error)
        work.fail(NO_NETWORK)
    except MemoryError:
        logger.exception("%s %s failed", name, pk)
        work.fail(NO_MEMORY)
    except Exception:
        work.fail(BROKEN)
        raise


def begin(kind: type[Any], pk: str) -> Any:
    """The work, marked as running; None if this job is not the one that may do it."""
    job = cast(Job, get_current_job())
    mine = kind._default_manager.filter(
        pk=pk, job_id=UUID(job.id), status=BackgroundWork.Status.QUEUED
    )
    now = timezone.now()
    begun = mine.update(
        status=BackgroundWork.Status.RUNNING,
        attempts=F("attempts") + 1,
        started_at=now,
        reported_at=now,
    )
    return kind._default_manager.select_related("classifier").get(pk=pk) if begun else None


class Reports:
    """Writes progress a few times a second at most, but each new stage at once."""

    def __init__(self, work: BackgroundWork) -> None:
        self.work, self.step, self.at = work, "", 0.0
        self.done: int | None = None
        self.total: int | None = None

    def __call__(self, step: str, done: int | None = None, total: int | None = None) -> None:
        """Raises Cancelled."""
        is_new = step != self.step
        if is_new or done is not None:
            self.step, self.done, self.total = step, done, total
        if is_new or monotonic() - self.at > REPORT_EVERY:
            self.at = monotonic()
            self.work.report(step, self.done, self.total)
