"""`doctor` finds workers that are missing, and work that failed or was lost."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone
from rq import Queue, SimpleWorker
from rq.job import Job

from classifier_site.operations.doctor import (
    workers,
)
from classifier_site.operations.doctor.findings import Severity
from classifier_site.operations.maintenance import state
from learning.queue import NAME as TRAINING
from predictions.models import Inference
from predictions.queueing.liveness import KNOWN_FOR, SILENT_AFTER, WORKER_TTL
from predictions.queueing.queue import CLASSIFY, get_queue
from tests.operations.doctor.finding import one

pytestmark = pytest.mark.django_db


def born(queue, name="predictions"):
    worker = SimpleWorker([Queue(name, connection=queue.connection)], worker_ttl=WORKER_TTL)
    worker.register_birth()
    return worker


def test_no_worker(other_queue):
    born(other_queue, TRAINING)
    found = one(workers.alive, "No worker is running")
    assert "rqworker predictions bulk" in found.do


def test_a_stopped_worker(other_queue):
    """It is there and says nothing any more, as after SIGSTOP or on a machine that is gone."""
    born(other_queue, TRAINING), born(other_queue)
    assert list(workers.alive()) == []
    stopped = born(other_queue)
    other_queue.connection.expire(stopped.key, KNOWN_FOR - SILENT_AFTER - 1)
    one(workers.alive, stopped.name, str(stopped.pid), severity=Severity.WARNING)


def test_no_training_worker(other_queue):
    born(other_queue)
    one(workers.alive, "No training worker", severity=Severity.WARNING)


def test_failed_jobs(other_queue):
    assert list(workers.failed_jobs()) == []
    job = other_queue.enqueue(CLASSIFY, 1)
    other_queue.failed_job_registry.add(job, -1)
    one(workers.failed_jobs, "1 jobs of the queue predictions", severity=Severity.WARNING)


def test_a_queue_that_is_nearly_full(other_queue, settings):
    settings.QUEUE_LIMIT = 1
    other_queue.enqueue(CLASSIFY, 1)
    one(workers.room, "1 pictures wait", severity=Severity.WARNING)


def test_pictures_that_are_in_no_queue_are_put_back(ask, user):
    inference = ask(user, answered=False).inference
    old = timezone.now() - timedelta(minutes=5)
    Inference.objects.filter(pk=inference.pk).update(created_at=old, job_id=uuid4())
    found = one(workers.lost_work, "1 accepted pictures", severity=Severity.WARNING)
    assert found.fix() == "Put 1 pictures back into their queues."
    inference.refresh_from_db()
    assert Job.exists(str(inference.job_id), get_queue("predictions").connection)


def test_maintenance_is_mentioned():
    state.begin("Back at noon.")
    [found] = workers.maintenance()
    assert found.severity == Severity.NOTE and "Back at noon." in found.says
