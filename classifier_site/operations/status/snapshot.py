"""How the service is at this moment, from PostgreSQL and Redis, as far as they answer."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain
from typing import Any, cast

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone
from redis import Redis
from rq import Queue, Worker
from rq.job import Job
from rq.worker import BaseWorker

from classifier_site import __version__
from classifier_site.operations.backups.models import latest
from classifier_site.operations.maintenance.models import Maintenance
from classifier_site.operations.overview import now as queues_now
from classifier_site.operations.overview.disk import disk
from classifier_site.operations.probes import answer_of, ask_database, ask_redis
from learning.queue import NAME as TRAINING
from learning.recovery import KINDS
from predictions.classifiers import Classifier, ModelVersion
from predictions.models import Inference
from predictions.queueing import unloadable
from predictions.queueing.liveness import is_silent
from predictions.queueing.queue import INTERACTIVE

SECONDS = 5.0  # for each server
ERRORS, ERRORS_OF = 5, timedelta(days=7)
SERVER = "SELECT current_setting('server_version'), current_setting('max_connections')::int"
CONNECTIONS = "SELECT numbackends FROM pg_stat_database WHERE datname = current_database()"


@dataclass
class WorkerNow:
    """done: jobs since it started. images_per_second: None until it was looked at twice."""

    name: str
    host: str
    process: int | None
    queues: list[str]
    state: str  # idle, busy, suspended, started; or silent
    in_hand: int
    doing: str
    done: int
    failed: int
    since: datetime | None
    images_per_second: float | None = None


@dataclass
class ModelNow:
    classifier: str
    version: str
    role: str
    share: int  # of the people, in percent, whom a challenger answers
    precision: str


@dataclass
class Trouble:
    at: datetime
    what: str
    says: str


@dataclass
class OfDatabase:
    version: str
    bytes: int
    connections: int
    most_connections: int
    disk_used_bytes: int | None  # None: the pictures are in S3
    disk_free_bytes: int | None
    pictures_bytes: int
    maintenance: str | None
    models: list[ModelNow]
    classifiers_of_people: int
    backup: dict[str, Any] | None
    errors: list[Trouble]


@dataclass
class OfRedis:
    version: str
    bytes: int
    most_bytes: int  # 0: no limit
    queues: list[dict[str, Any]]
    oldest_waiting_seconds: int
    is_stalled: bool
    unloadable: str | None  # what a worker says of a model
    workers: list[WorkerNow]


@dataclass
class Snapshot:
    """database and redis are None if they do not answer."""

    database: OfDatabase | None
    redis: OfRedis | None
    version: str = __version__
    at: datetime = field(default_factory=timezone.now)


def take() -> Snapshot:
    asked = ask_database(look_at_database), ask_redis(look_at_redis)
    return Snapshot(answer_of(asked[0], SECONDS), answer_of(asked[1], SECONDS))


def look_at_database() -> OfDatabase:
    with connection.cursor() as cursor:
        cursor.execute(SERVER)
        version, most = cursor.fetchone()
        cursor.execute(CONNECTIONS)
        [connections] = cursor.fetchone()
    room, now = disk(), Maintenance.objects.first()
    return OfDatabase(
        version,
        room.database,
        connections,
        most,
        room.used,
        room.free,
        room.pictures,
        str(now) if now else None,
        [
            ModelNow(each.classifier.name, str(each), each.role, each.share, each.precision)
            for each in answering()
        ],
        Classifier.objects.exclude(owner=None).count(),
        backup(),
        errors(),
    )


def answering() -> QuerySet[ModelVersion]:
    """Versions of the server's classifiers that answer."""
    versions = ModelVersion.objects.filter(classifier__in=Classifier.objects.of_server())
    versions = versions.exclude(role=ModelVersion.Role.RETIRED).select_related("classifier")
    # In the alphabet, the challenger is before the champion.
    return versions.defer("manifest").order_by("classifier__created_at", "-role", "pk")


def backup() -> dict[str, Any] | None:
    if (last := latest()) is None:
        return None
    return {
        "made_at": last.made_at,
        "age_seconds": int(last.age.total_seconds()),
        "place": last.place,
        "missing": last.missing,
    }


def errors() -> list[Trouble]:
    """The latest that are not a picture's own fault."""
    since = timezone.now() - ERRORS_OF
    failed = Inference.objects.filter(status=Inference.Status.FAILED, created_at__gt=since)
    failed = failed.exclude(unreadable=True).order_by("-created_at")
    answers = (
        Trouble(each.finished_at or each.created_at, f"answer {each.pk}", each.error)
        for each in failed.only("finished_at", "created_at", "error")[:ERRORS]
    )
    works = (
        Trouble(each.finished_at or each.created_at, str(kind._meta.verbose_name), each.error)
        for kind in KINDS
        for each in kind._default_manager.filter(status="failed", created_at__gt=since)[:ERRORS]
    )
    return sorted(chain(answers, works), key=lambda each: each.at, reverse=True)[:ERRORS]


def look_at_redis(redis: Redis) -> OfRedis:
    info = redis.info("everything")
    found = queues_now.look(redis)
    workers = [
        look_at_worker(worker)
        for name in (INTERACTIVE, TRAINING)
        for worker in Worker.all(queue=Queue(name, connection=redis))
    ]
    return OfRedis(
        str(info.get("valkey_version") or info["redis_version"]),
        info["used_memory"],
        info["maxmemory"],
        [queue._asdict() for queue in found.queues],
        found.oldest_waiting,
        found.is_stalled,
        unloadable.told(redis),
        sorted(workers, key=lambda worker: (worker.queues, worker.name)),
    )


def look_at_worker(worker: BaseWorker) -> WorkerNow:
    in_hand = [execution.job_id for execution in worker.get_current_executions()]
    state = "silent" if is_silent(worker) else str(worker.get_state())
    names = [queue.name for queue in worker.queues]
    return WorkerNow(
        worker.name,
        worker.hostname or "",
        worker.pid,
        names,
        state,
        len(in_hand),
        what_it_does(state, names, worker, in_hand),
        worker.successful_job_count,
        worker.failed_job_count,
        worker.birth_date,
    )


def what_it_does(state: str, queues: list[str], worker: BaseWorker, in_hand: list[str]) -> str:
    if state == "silent":
        return "has stopped without a word"
    if not in_hand:
        return "waits for work"
    if TRAINING in queues:
        said = worker.connection.hget(Job.key_for(in_hand[0]), "description") or b"works"
        return cast(bytes, said).decode().removeprefix("learning.jobs.")
    number = len(in_hand)
    return "classifies a picture" if number == 1 else f"classifies {number} pictures"


def add_rates(now: Snapshot, before: Snapshot) -> None:
    """What each worker for pictures has answered a second since then."""
    if now.redis is None or before.redis is None:
        return
    seconds = max(0.001, (now.at - before.at).total_seconds())
    earlier = {worker.name: worker for worker in before.redis.workers}
    for worker in now.redis.workers:
        if worker.name in earlier and INTERACTIVE in worker.queues:
            done = worker.done - earlier[worker.name].done
            worker.images_per_second = round(max(0, done) / seconds, 1)
