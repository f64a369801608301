"""What a worker does: decode, infer, save; and what its maintenance finds forgotten."""

import logging
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from time import perf_counter

import numpy as np
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from predictions import queue
from predictions.inference.engines import Engine, load_engine
from predictions.inference.preprocessing import UnreadableImage, open_image
from predictions.inference.ranking import top_k
from predictions.inference.store import ModelStore
from predictions.models import Inference, ModelVersion

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 3
FORGOTTEN_AFTER = timedelta(seconds=30)
FAILED = "The picture could not be classified. Staff find the reason under the failed jobs."
DEADLY = f"The picture could not be classified: {MAX_ATTEMPTS} workers died over it."


def classify(inference_id: int) -> str | None:
    """The job in the queue. Returns the label, or None when there is nothing left to answer.

    Raises:
        UnreadableImage: saved with the inference, and raised so that the job counts as failed.
    """
    inference = begin(inference_id)
    if inference is None:
        return None
    try:
        return answer(inference)
    except UnreadableImage as error:
        fail(inference, str(error), unreadable=True)
        raise
    except Exception:
        fail(inference, FAILED)
        raise


def begin(inference_id: int) -> Inference | None:
    """Marks it running; None when it was deleted, or answered by a job that was thought lost."""
    begun = (
        Inference.objects.filter(pk=inference_id)
        .exclude(status=Inference.Status.DONE)
        .update(
            status=Inference.Status.RUNNING, started_at=timezone.now(), attempts=F("attempts") + 1
        )
    )
    if not begun:
        return None
    return (
        Inference.objects.select_related("image", "model_version").filter(pk=inference_id).first()
    )


def answer(inference: Inference) -> str:
    """Decodes the picture, runs the model, saves the answer and returns its label.

    Raises:
        UnreadableImage
    """
    engine = engine_for(inference.model_version)
    began = perf_counter()
    with inference.image.file.open("rb") as file:
        image = open_image(file.read(), max_pixels=settings.MAX_PIXELS)
    pixels = engine.preprocess(image)
    decoded = perf_counter()
    probabilities, features = engine.predict(pixels[np.newaxis])
    inferred = perf_counter()

    inference.top_k = [
        {"label": label.name, "synset": label.synset, "score": round(score, 6)}
        for label, score in top_k(probabilities[0])
    ]
    best = inference.top_k[0]
    inference.label, inference.synset, inference.score = (
        best["label"],
        best["synset"],
        best["score"],
    )
    inference.features = features[0].astype("<f4").tobytes()
    inference.status = Inference.Status.DONE
    inference.finished_at = timezone.now()
    inference.timings = {
        "queue": milliseconds((inference.started_at - inference.created_at).total_seconds()),
        "decode": milliseconds(decoded - began),
        "inference": milliseconds(inferred - decoded),
    }
    # An update, so that an inference deleted meanwhile stays deleted.
    Inference.objects.filter(pk=inference.pk).update(
        **{
            name: getattr(inference, name)
            for name in (
                *("status", "label", "synset", "score", "top_k", "features"),
                *("timings", "finished_at"),
            )
        },
        error="",
    )
    return inference.label


def fail(inference: Inference, error: str, *, unreadable: bool = False) -> None:
    Inference.objects.filter(pk=inference.pk).update(
        status=Inference.Status.FAILED,
        error=error[:300],
        unreadable=unreadable,
        finished_at=timezone.now(),
    )


def engine_for(model: ModelVersion) -> Engine:
    """The loaded engine of a model version."""
    return load(ModelStore(settings.MODEL_STORE).path(model.name, model.manifest["version"]))


@lru_cache(maxsize=2)  # the current model, and the one before while its last jobs are worked off
def load(folder: Path) -> Engine:
    began = perf_counter()
    engine = load_engine(settings.CLASSIFIER_ENGINE, folder)
    logger.info(
        "%s is loaded in %s (%.1f s)", folder, settings.CLASSIFIER_ENGINE, perf_counter() - began
    )
    return engine


def enqueue_forgotten() -> int:
    """Enqueues again what is unfinished and has no live job; returns how many.

    Postgres is the truth: this is what makes an emptied Redis, a request that lost its queue and
    a worker that was killed cost nothing but time.
    """
    forgotten = 0
    unfinished = Inference.objects.filter(
        status__in=[Inference.Status.QUEUED, Inference.Status.RUNNING],
        created_at__lt=timezone.now() - FORGOTTEN_AFTER,
    )
    for inference in unfinished.only("pk", "job_id", "attempts").order_by("created_at").iterator():
        if queue.is_alive(inference.job_id):
            continue
        if inference.attempts >= MAX_ATTEMPTS:
            fail(inference, DEADLY)
            continue
        with transaction.atomic():
            # Workers run this at the same time; one of them wins the row.
            if not Inference.objects.select_for_update(skip_locked=True).filter(
                pk=inference.pk, job_id=inference.job_id
            ):
                continue
            queue.enqueue_again(inference)
        forgotten += 1
    if forgotten:
        logger.warning("Enqueued %d forgotten pictures again", forgotten)
    return forgotten


def milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 2)
