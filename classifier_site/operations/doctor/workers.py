"""Workers and queues: who is alive, what waits, what failed or was lost."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from redis.exceptions import LockError
from rq import Queue, Worker

from classifier_site.operations.doctor import servers
from classifier_site.operations.doctor.findings import (
    Check,
    Finding,
    note,
    problem,
    reason,
    warning,
)
from classifier_site.operations.maintenance.models import Maintenance
from classifier_site.operations.probes import (
    alive_workers,
    is_stalled,
    oldest_waiting,
    queue_lengths,
)
from learning.queue import NAME as TRAINING
from predictions.models import Inference
from predictions.queueing import unloadable
from predictions.queueing.liveness import is_silent
from predictions.queueing.queue import INTERACTIVE, QUEUE_NAMES, get_queue
from predictions.queueing.recovery import LOCK, LOCK_SECONDS, live_job_ids, requeue_lost

START = "`docker compose up -d {}`, or `manage.py rqworker {}` under your supervisor"
NEARLY_FULL = 0.8  # of QUEUE_LIMIT
# Workers look for lost work every 15 seconds, for what is older than 20.
LOST_AFTER = timedelta(seconds=90)


def alive() -> Iterator[Finding]:
    with servers.redis() as redis:
        pictures, trainings = alive_workers(redis), alive_workers(redis, TRAINING)
        silent = [
            worker
            for name in (INTERACTIVE, TRAINING)
            for worker in Worker.all(queue=Queue(name, connection=redis))
            if is_silent(worker)
        ]
    if not pictures:
        yield problem(
            "No worker is running: pictures wait.",
            f"Start one: {START.format('worker', 'predictions bulk')}.",
        )
    if not trainings:
        yield warning(
            "No training worker is running: what people teach waits.",
            "Start one: "
            + START.format("training", "training --worker-class learning.worker.TrainingWorker")
            + ".",
        )
    for worker in silent:
        yield warning(
            f"The worker {worker.name} (process {worker.pid} on {worker.hostname}) has stopped "
            "without a word.",
            "See its log and whether its process hangs; a supervisor should start it again. What "
            "it had in hand runs elsewhere.",
        )


def models_loaded() -> Iterator[Finding]:
    with servers.redis() as redis:
        if said := unloadable.told(redis):
            yield problem(
                f"A worker cannot load a model. {reason(ValueError(said))}",
                "Until it can, pictures that the model is to classify wait or fail. The message "
                "says what is missing; `manage.py doctor models` looks at the files.",
            )


def progress() -> Iterator[Finding]:
    with servers.redis() as redis:
        waited = oldest_waiting(redis)
        if alive_workers(redis) and is_stalled(redis, waited):
            yield problem(
                f"Pictures have waited for {waited:,} seconds, and no worker makes progress.",
                "See the log of the workers, and start them again.",
            )


def room() -> Iterator[Finding]:
    with servers.redis() as redis:
        for name, length in queue_lengths(redis).items():
            if length > NEARLY_FULL * settings.QUEUE_LIMIT:
                yield warning(
                    f"{length:,} pictures wait in the queue {name}, which takes "
                    f"{settings.QUEUE_LIMIT:,}; then new ones get a 503.",
                    "Start more workers (docs/operations.md, More workers).",
                )


def failed_jobs() -> Iterator[Finding]:
    with servers.redis() as redis:
        for name in (*QUEUE_NAMES, TRAINING):
            registry = Queue(name, connection=redis).failed_job_registry
            if number := registry.get_job_count(cleanup=False):
                yield warning(
                    f"{number:,} jobs of the queue {name} have failed.",
                    "/admin/django_rq/dashboard/ says why, and can repeat or delete them.",
                )


def lost_work() -> Iterator[Finding]:
    """Workers find it by themselves; without one, it is found here."""
    old = Inference.objects.filter(
        status__in=[Inference.Status.QUEUED, Inference.Status.RUNNING],
        created_at__lt=timezone.now() - LOST_AFTER,
    )
    unfinished = {str(job_id) for job_id in old.values_list("job_id", flat=True)}
    if lost := len(unfinished - live_job_ids()) if unfinished else 0:
        yield warning(
            f"{lost:,} accepted pictures are in no queue.",
            "Start a worker, which puts them back within a minute.",
            put_back,
        )


def put_back() -> str:
    """As a worker does, and not while one does."""
    lock = get_queue(INTERACTIVE).connection.lock(LOCK, timeout=LOCK_SECONDS)
    if not lock.acquire(blocking=False):
        return "A worker is putting them back just now."
    try:
        return f"Put {requeue_lost():,} pictures back into their queues."
    finally:
        with suppress(LockError):  # Redis was emptied
            lock.release()


def maintenance() -> Iterator[Finding]:
    if now := Maintenance.objects.first():
        yield note(f"Uploads are refused since {now.began_at:%Y-%m-%d %H:%M} UTC: {now}")


CHECKS = [
    *(
        Check(look, needs=("redis",))
        for look in (alive, models_loaded, progress, room, failed_jobs)
    ),
    Check(lost_work, needs=("database", "redis")),
    Check(maintenance, needs=("database",)),
]
