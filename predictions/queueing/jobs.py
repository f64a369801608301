"""What a worker does with pictures: begin, decode, infer, save; and what stays when that fails."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from json import dumps
from time import perf_counter
from types import TracebackType
from typing import Any, NamedTuple

import numpy as np
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.db import Error as DatabaseError
from django.db import InterfaceError, OperationalError, connection
from django.utils.translation import gettext_noop
from PIL import Image
from rq.exceptions import DeserializationError
from rq.job import Job

from foundation import memory
from foundation.observability.timing import milliseconds_since
from foundation.postgresql.prepared import (
    PLANNED_ONCE,
    Prepared,
)
from predictions.inference import pictures
from predictions.inference.limits import UnreadableImage, measure, memory_limit
from predictions.inference.ranking import top_k
from predictions.models import Inference
from predictions.pictures import thumbnails
from predictions.registry.engines import engine_of

logger = logging.getLogger(__name__)

# Neither waits until the disk has it: should the database lose the last moment in a crash, the
# inference is unfinished again, and recovery.py sees to it.
LOOSELY = "SET LOCAL synchronous_commit TO off;"
# Both in SQL, on plain rows: what they spare in Django's models is a fifth of a picture's time.
BEGIN = Prepared(
    "begin_inferences",
    """
    UPDATE predictions_inference
    SET status = 'running', started_at = now(), attempts = attempts + 1
    WHERE id = ANY(%(ids)s) AND status <> 'done'
    RETURNING id
    """,
    before=LOOSELY + PLANNED_ONCE,
)
SAVE = Prepared(
    "save_answers",
    """
    UPDATE predictions_inference AS inference
    SET status = 'done', error = '', finished_at = now(), label = answer.label,
        synset = answer.synset, score = answer.score, top_k = answer.top_k,
        features = answer.features, timings = answer.timings
    FROM unnest(
        %(ids)s::bigint[], %(labels)s::text[], %(synsets)s::text[], %(scores)s::float8[],
        %(top_ks)s::text[]::jsonb[], %(features)s::bytea[], %(timings)s::text[]::jsonb[]
    ) AS answer (id, label, synset, score, top_k, features, timings)
    WHERE inference.id = answer.id
        AND inference.id = ANY(%(ids)s)  -- or the planner reads the whole table for a few rows
    """,
    before=LOOSELY + PLANNED_ONCE,
)
FAILED = gettext_noop(
    "The picture could not be classified. Staff find the reason under the failed jobs."
)
# What predictions.inference says, which knows no translations; a page shows it translated.
gettext_noop("The file cannot be read as an image: it is damaged, cut off or of another format.")


# What a job's arguments and id lead to that somebody else has put into our queues.
NOT_OURS = (
    LookupError,
    TypeError,
    ValueError,
    OverflowError,
    ValidationError,
    DeserializationError,
)


class Question(NamedTuple):
    """A job's arguments: one inference, its picture's name in the storage, and which model."""

    inference_id: int
    file: str
    model_version_id: int


class Pixels(NamedTuple):
    """A picture as its model reads it, and how long it took to get there."""

    array: np.ndarray  # uint8 (224, 224, 3)
    milliseconds: float


@dataclass
class Answer:
    """What the model says; the fields of Inference of the same names."""

    inference_id: int
    top_k: list[dict[str, Any]]
    features: bytes
    timings: dict[str, float]

    def result(self) -> dict[str, Any]:
        """What the job returns; `Inference.take_result` reads it."""
        return {**self.top_k[0], "top_k": self.top_k, "timings": self.timings}


# What all decoders of this process hold together: as much as one picture may.
decoding = memory.Budget(memory_limit(settings.MAX_PIXELS))


def classify(inference_id: int, file: str, model_version_id: int) -> dict[str, Any] | None:
    """The function that a queued job names: one picture, from the queue to its saved answer.

    PredictionWorker does the same to many jobs at once, with the functions below.

    Raises:
        UnreadableImage
    """
    question = Question(inference_id, file, model_version_id)
    if not begin([question]):
        return None
    answers = infer([question], [decode(question, read(question))])
    save(answers)
    return answers[0].result()


def begin(questions: Sequence[Question]) -> set[int]:
    """Marks inferences as running. Returns the ids of those not deleted or answered by now."""
    with connection.cursor() as cursor:
        BEGIN.execute(cursor, {"ids": [question.inference_id for question in questions]})
        return {inference_id for (inference_id,) in cursor.fetchall()}


def read(question: Question) -> bytes:
    """The picture's file. Needs no database, so it may run in any thread; so may `decode`.

    Raises:
        FileNotFoundError: or it is empty, as after a power cut; no empty picture is accepted.
    """
    with default_storage.open(question.file) as file:
        content: bytes = file.read()
    if not content:
        raise FileNotFoundError(question.file)
    return content


def decode(question: Question, content: bytes) -> Pixels:
    """Decodes and preprocesses the picture.

    Raises:
        UnreadableImage
    """
    measured = measure(content, max_pixels=settings.MAX_PIXELS)
    is_large = measured.width * measured.height > thumbnails.LARGE
    gives_back = is_large or not measured.is_certain
    with decoding.hold(measured.memory if measured.is_certain else decoding.size):
        began = perf_counter()
        if gives_back:  # what others have freed is not to be added to it
            memory.give_back()
        memory.limit_growth(decoding, settings.CLASSIFIER_THREADS)
        image = pictures.decode(content, measured)
        if is_large:
            keep_thumbnails(question, image)
        array = engine_of(question.model_version_id).preprocess(image)
        took = milliseconds_since(began)
        del image
        if gives_back:
            memory.give_back()
    return Pixels(array, took)


def keep_thumbnails(question: Question, image: Image.Image) -> None:
    try:
        thumbnails.keep(question.file, image)
        if not default_storage.exists(question.file):  # deleted meanwhile
            thumbnails.delete_thumbnails(question.file)
    except OSError as error:  # a full disk; the answer does not need them
        logger.error("No thumbnails of %s: %s", question.file, error)


def infer(questions: Sequence[Question], pixels: Sequence[Pixels]) -> list[Answer]:
    """Runs the model once over all pictures, which are of one model version.

    Raises:
        ArithmeticError: it says NaN or infinity of one of them, which no database would take.
    """
    began = perf_counter()
    batch = np.stack([picture.array for picture in pixels])
    probabilities, features = engine_of(questions[0].model_version_id).predict(batch)
    if not np.isfinite(probabilities).all():
        raise ArithmeticError("The model answers with something that is not a number.")
    took = milliseconds_since(began)
    return [
        Answer(
            question.inference_id,
            [
                {"label": label.name, "synset": label.synset, "score": round(score, 6)}
                for label, score in top_k(scores)
            ],
            vector.astype("<f4").tobytes(),
            {"decode": picture.milliseconds, "inference": took, "batch_size": len(pixels)},
        )
        for question, picture, scores, vector in zip(
            questions, pixels, probabilities, features, strict=True
        )
    ]


def save(answers: Sequence[Answer]) -> None:
    """Writes all of them with one statement; a row deleted meanwhile stays deleted."""
    columns = {
        "ids": [answer.inference_id for answer in answers],
        "labels": [answer.top_k[0]["label"] for answer in answers],
        "synsets": [answer.top_k[0]["synset"] for answer in answers],
        "scores": [answer.top_k[0]["score"] for answer in answers],
        "top_ks": [dumps(answer.top_k) for answer in answers],
        "features": [answer.features for answer in answers],
        "timings": [dumps(answer.timings) for answer in answers],
    }
    with connection.cursor() as cursor:
        SAVE.execute(cursor, columns)


def record_failure(
    job: Job, kind: type[Exception], error: Exception, _traceback: TracebackType | None
) -> bool:
    """RQ's exception handler: saves why a job failed, unless it has tries left.

    A lost database is no failure of the picture; recovery.py sees to it later. Nor is a file that
    is not what it was when it was stored.
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
            failed.fail(str(error) if unreadable else FAILED, unreadable=unreadable)
        except NOT_OURS:
            logger.error("Job %s is none of this service's", job.id)
        except DatabaseError as lost:
            logger.error("The failure of job %s could not be saved: %s", job.id, lost)
    return True  # RQ goes on to its own bookkeeping
