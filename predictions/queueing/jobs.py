"""What Postgres knows of a job: begun, answered, or failed and why."""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from json import dumps
from types import TracebackType
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import Error as DatabaseError
from django.db import InterfaceError, OperationalError, connection
from django.utils.translation import gettext_noop
from rq.exceptions import DeserializationError
from rq.job import Job
from rq.timeouts import JobTimeoutException

from foundation.observability.outcomes import failures_total
from predictions.inference.errors import ModelError
from predictions.inference.limits import UnreadableImage
from predictions.inference.ranking import key_of
from predictions.models import Inference
from predictions.similar import table, writing

logger = logging.getLogger(__name__)

# Both in SQL, on plain rows: what they spare in Django's models is a fifth of a picture's time.
# Neither waits until the disk has it: should the database lose the last moment in a crash, the
# inference is unfinished again, and recovery.py requeues it.
BEGIN = """
    SET LOCAL synchronous_commit TO off;
    UPDATE predictions_inference
    SET status = 'running', started_at = now(), attempts = attempts + 1
    WHERE id = ANY(%(ids)s) AND status <> 'done'
    RETURNING id
"""
ANSWERED = """
    status = 'done', error = '', finished_at = now(), label = answer.label,
    synset = answer.key, score = answer.score, top_k = answer.top_k,
    features = answer.features, timings = answer.timings
"""
ANSWERS = """
    unnest(
        %(ids)s::bigint[], %(labels)s::text[], %(keys)s::text[], %(scores)s::float8[],
        %(top_ks)s::text[]::jsonb[], %(features)s::bytea[], %(timings)s::text[]::jsonb[]
    ) AS answer (id, label, key, score, top_k, features, timings)
"""
# The pictures are locked first, as their deletion does it (pictures/deletion.py): what is added
# with an answer refers to them.
UPDATE = f"""
    SET LOCAL synchronous_commit TO off;
    WITH image AS MATERIALIZED (
        SELECT image.id FROM predictions_image AS image
        JOIN predictions_inference AS inference ON inference.image_id = image.id
        WHERE inference.id = ANY(%(ids)s)
        ORDER BY image.id
        FOR KEY SHARE OF image
    ), answered AS (
        UPDATE predictions_inference AS inference
        SET {ANSWERED}
        FROM {ANSWERS}, image
        WHERE inference.id = answer.id AND inference.image_id = image.id
            AND inference.id = ANY(%(ids)s)  -- or the planner reads the whole table for a few rows
        RETURNING inference.id, inference.image_id
    )
"""  # noqa: S608 - of constants
SAVE = f"{UPDATE} SELECT FROM answered"
SAVE_WITH_VECTORS = UPDATE + writing.INSERT
FAILED = gettext_noop(
    "The picture could not be classified. Staff can find the reason under the failed jobs."
)
# Messages of predictions.inference, which knows no translations; pages show them translated.
gettext_noop("The file cannot be read as an image: it is damaged, cut off or of another format.")


class Stopped(Exception):
    """Somebody stopped the job, with `rq` or in the admin."""


# What metrics call the reasons of failures; the others are `other`.
REASONS = {
    OSError: "file",
    ModelError: "model",
    JobTimeoutException: "timeout",
    MemoryError: "memory",
    Stopped: "stopped",
}

# Raised by the arguments and the id of a job that another program has put into our queues.
NOT_OURS = (
    LookupError,
    TypeError,
    ValueError,
    OverflowError,
    ValidationError,
    DeserializationError,
)


class Arguments(NamedTuple):
    """A job's arguments: one inference, its picture's name in the storage, and which model."""

    inference_id: int
    file: str
    model_version_id: int

    @classmethod
    def of(cls, job: Job) -> "Arguments":
        """Raises one of NOT_OURS unless it is one of ours: the whole batch is one statement."""
        inference_id, file, model_version_id = job.args
        if not (is_key(inference_id) and isinstance(file, str) and is_key(model_version_id)):
            raise ValueError(f"These are no arguments of a job of this service: {job.args}")
        return cls(inference_id, file, model_version_id)


def is_key(value: Any) -> bool:
    """Whether it can be the key of a row: a positive bigint."""
    return type(value) is int and 0 < value < 2**63


@dataclass
class Answer:
    """The model's answer; the fields of Inference of the same names."""

    inference_id: int
    top_k: list[dict[str, Any]]
    features: bytes
    network: str  # that sees these features
    timings: dict[str, float]
    shadows: list[Any] = field(default_factory=list)  # ShadowAnswer of each shadow
    # When a stage of `timings` began, in seconds since the epoch; for traces.
    began: dict[str, float] = field(default_factory=dict)

    def result(self) -> dict[str, Any]:
        """What the job returns; `Inference.take_result` reads it."""
        return {
            "label": self.top_k[0]["label"],
            "key": self.key,
            "score": self.top_k[0]["score"],
            "top_k": self.top_k,
            "timings": self.timings,
        }

    @property
    def key(self) -> str:
        return key_of(self.top_k[0])


def mark_running(inference_ids: Collection[int]) -> set[int]:
    """Marks inferences as running. Returns the ids of those not deleted or answered by now."""
    with connection.cursor() as cursor:
        cursor.execute(BEGIN, {"ids": list(inference_ids)})
        return {inference_id for (inference_id,) in cursor.fetchall()}


def save_answers(answers: Sequence[Answer]) -> None:
    """Writes all of them with one statement; a row deleted meanwhile stays deleted."""
    statement, columns = SAVE, columns_of(answers)
    if table.is_there():
        statement, columns = SAVE_WITH_VECTORS, columns | vectors_of(answers)
    with connection.cursor() as cursor:
        cursor.execute(statement, columns)


def vectors_of(answers: Sequence[Answer]) -> dict[str, list[Any]]:
    """What writing.INSERT asks for; a shadow may read another network than its answer."""
    return writing.columns_of(
        (answer.inference_id, said.network, said.features)
        for answer in answers
        for said in (answer, *answer.shadows)
        if said.features
    )


def columns_of(answers: Sequence[Answer]) -> dict[str, list[Any]]:
    """What UPDATE asks for."""
    return {
        "ids": [answer.inference_id for answer in answers],
        "labels": [answer.top_k[0]["label"] for answer in answers],
        "keys": [answer.key for answer in answers],
        "scores": [answer.top_k[0]["score"] for answer in answers],
        "top_ks": [dumps(answer.top_k) for answer in answers],
        "features": [answer.features for answer in answers],
        "timings": [dumps(answer.timings) for answer in answers],
    }


def reason_of(kind: type[Exception]) -> str:
    """Of a picture that cannot be read though it could when it came, its file is to blame."""
    if issubclass(kind, UnreadableImage):
        return "file"
    return next((name for cause, name in REASONS.items() if issubclass(kind, cause)), "other")


def record_failure(
    job: Job, kind: type[Exception], error: Exception, _traceback: TracebackType | None
) -> bool:
    """RQ's exception handler: saves why a job failed, unless it has tries left.

    Neither a lost database (recovery.py requeues the picture later) nor a file that has changed
    since it was stored is a failure of the picture.
    """
    if not job.retries_left:
        try:
            failed = Inference.objects.filter(pk=job.args[0], job_id=job.id)
            if issubclass(kind, (OperationalError, InterfaceError)):
                failed.update(attempts=0)  # or it would count as three workers that died over it
                return True
            unreadable = issubclass(kind, UnreadableImage) and all(
                inference.image.is_intact() for inference in failed.select_related("image")
            )
            number = failed.fail(str(error) if unreadable else FAILED, unreadable=unreadable)
            reason = "unreadable" if unreadable else reason_of(kind)
            failures_total.labels(reason).inc(number)
        except NOT_OURS:
            logger.error("Job %s does not belong to this service", job.id)
        except DatabaseError as lost:
            logger.error("The failure of job %s could not be saved: %s", job.id, lost)
    return True  # RQ goes on to its own bookkeeping
