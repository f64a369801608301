"""What a worker does with pictures: begin, decode, infer, save; and what stays when that fails."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from json import dumps
from pathlib import Path
from time import perf_counter
from types import TracebackType
from typing import Any

import numpy as np
from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection
from django.db.models import F
from django.utils import timezone
from PIL import Image
from rq.job import Job

from predictions.inference.engines import Engine, Precision, load_engine
from predictions.inference.preprocessing import UnreadableImage, open_image
from predictions.inference.ranking import top_k
from predictions.inference.store import ModelStore
from predictions.models import Inference, ModelVersion

logger = logging.getLogger(__name__)

SAVE = """
    UPDATE predictions_inference AS inference
    SET status = 'done', error = '', finished_at = now(), label = answer.label,
        synset = answer.synset, score = answer.score, top_k = answer.top_k,
        features = answer.features, timings = answer.timings
    FROM unnest(
        %s::bigint[], %s::text[], %s::text[], %s::float8[], %s::text[]::jsonb[], %s::bytea[],
        %s::text[]::jsonb[]
    ) AS answer (id, label, synset, score, top_k, features, timings)
    WHERE inference.id = answer.id
"""
FAILED = "The picture could not be classified. Staff find the reason under the failed jobs."


@dataclass(frozen=True)
class Pixels:
    """A picture as its model reads it, and how long it took to get there."""

    array: np.ndarray  # float32 (224, 224, 3)
    milliseconds: float


def classify(inference_id: int) -> dict[str, Any] | None:
    """The function that a queued job names: one picture, from the queue to its saved answer.

    PredictionWorker does the same to many jobs at once, with the functions below.

    Raises:
        UnreadableImage
    """
    inferences = begin([inference_id])
    if not inferences:
        return None
    infer(inferences, [decode(inferences[0])])
    save(inferences)
    return inferences[0].as_result()


def begin(inference_ids: Sequence[int]) -> list[Inference]:
    """Marks them as running and loads them, without those deleted or answered meanwhile."""
    Inference.objects.filter(pk__in=inference_ids).exclude(status=Inference.Status.DONE).update(
        status=Inference.Status.RUNNING, started_at=timezone.now(), attempts=F("attempts") + 1
    )
    return list(
        Inference.objects.select_related("image", "model_version").filter(
            pk__in=inference_ids, status=Inference.Status.RUNNING
        )
    )


def decode(inference: Inference) -> Pixels:
    """Reads and preprocesses the picture. Needs no database, so it may run in any thread.

    Raises:
        UnreadableImage
    """
    began = perf_counter()
    with inference.image.file.open("rb") as file:
        image = open_image(file.read(), max_pixels=settings.MAX_PIXELS)
    array = engine_for(inference.model_version).preprocess(image)
    return Pixels(array, milliseconds_since(began))


def infer(inferences: Sequence[Inference], pixels: Sequence[Pixels]) -> None:
    """Runs the model once over all pictures, which are of one model version, and notes the answers.

    The answers are in the objects afterwards; `save` writes them.
    """
    began = perf_counter()
    batch = np.stack([picture.array for picture in pixels])
    probabilities, features = engine_for(inferences[0].model_version).predict(batch)
    took = milliseconds_since(began)
    for inference, picture, scores, vector in zip(
        inferences, pixels, probabilities, features, strict=True
    ):
        inference.top_k = [
            {"label": label.name, "synset": label.synset, "score": round(score, 6)}
            for label, score in top_k(scores)
        ]
        best = inference.top_k[0]
        inference.label, inference.synset = best["label"], best["synset"]
        inference.score = best["score"]
        inference.features = vector.astype("<f4").tobytes()
        inference.timings |= {
            "decode": picture.milliseconds,
            "inference": took,
            "batch_size": len(inferences),
        }


def save(inferences: Sequence[Inference]) -> None:
    """Writes the answers with one statement; a row deleted meanwhile stays deleted.

    In SQL, because Django's bulk_update builds a CASE for every field and row, in a transaction of
    its own, and takes ten times as long.
    """
    rows = [
        (i.pk, i.label, i.synset, i.score, dumps(i.top_k), i.features, dumps(i.timings))
        for i in inferences
    ]
    with connection.cursor() as cursor:
        cursor.execute(SAVE, [list(column) for column in zip(*rows, strict=True)])


def record_failure(
    job: Job, kind: type[Exception], error: Exception, _traceback: TracebackType | None
) -> bool:
    """RQ's exception handler: saves why a job failed, unless it has tries left.

    A lost database is no failure of the picture; recovery.py sees to it later.
    """
    if not job.retries_left and not issubclass(kind, DatabaseError):
        unreadable = issubclass(kind, UnreadableImage)
        failed = Inference.objects.filter(job_id=job.id)
        try:
            failed.fail(str(error) if unreadable else FAILED, unreadable=unreadable)
        except DatabaseError as lost:
            logger.error("The failure of job %s could not be saved: %s", job.id, lost)
    return True  # RQ goes on to its own bookkeeping


def engine_for(model: ModelVersion) -> Engine:
    """The loaded engine of a model version."""
    folder = ModelStore(settings.MODEL_STORE).path(model.name, model.manifest["version"])
    return load(folder, model.precision)


@lru_cache(maxsize=2)  # the current model, and the one before while its last jobs are worked off
def load(folder: Path, precision: Precision) -> Engine:
    began = perf_counter()
    engine = load_engine(
        settings.CLASSIFIER_ENGINE,
        folder,
        threads=settings.CLASSIFIER_THREADS,
        precision=precision,
    )
    # An engine allocates and tunes itself in its first run, which should be nobody's.
    blank = Image.new("RGB", (engine.recipe.size, engine.recipe.size))
    engine.predict(engine.preprocess(blank)[np.newaxis])
    logger.info(
        "Loaded %s (%s, %s) in %.0f ms",
        folder,
        settings.CLASSIFIER_ENGINE,
        precision,
        milliseconds_since(began),
    )
    return engine


def milliseconds_since(began: float) -> float:
    return round((perf_counter() - began) * 1000, 2)
