"""Shadows answer what people ask, and nobody sees it: for comparison.

One that reads a network which has run for the answer anyway answers with it, and both are saved by
one statement. One that needs another network gets a job of its own among the bulk work, unless
many of these wait already: it is a sample then.
"""

import logging
from collections.abc import Mapping, Sequence
from json import dumps
from time import monotonic
from typing import Any, NamedTuple

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection
from redis.exceptions import RedisError

from predictions.classifiers import ModelVersion
from predictions.inference.ranking import key_of
from predictions.models import Image, Inference
from predictions.queueing import queue, turns
from predictions.queueing.jobs import UPDATE, Answer, columns_of, vectors_of
from predictions.similar import table, writing

logger = logging.getLogger(__name__)

# Seconds after which a worker notices a new shadow.
RENEWED_EVERY = 5

INSERT = """
    INSERT INTO predictions_inference
        (image_id, model_version_id, job_id, status, label, synset, score, top_k, features,
        timings, attempts, error, unreadable, created_at, finished_at)
    SELECT answered.image_id, shadow.model, shadow.job, shadow.status, shadow.label, shadow.key,
        shadow.score, shadow.top_k, shadow.features, '{}', 0, '', false, now(),
        CASE WHEN shadow.status = 'done' THEN now() END
    FROM unnest(
        %(shadowed)s::bigint[], %(models)s::bigint[], %(jobs)s::uuid[], %(statuses)s::text[],
        %(shadow_labels)s::text[], %(shadow_keys)s::text[], %(shadow_scores)s::float8[],
        %(shadow_top_ks)s::text[]::jsonb[], %(shadow_features)s::bytea[]
    ) AS shadow (answered, model, job, status, label, key, score, top_k, features)
    JOIN answered ON answered.id = shadow.answered
    ON CONFLICT DO NOTHING
    RETURNING id, model_version_id, job_id, status
"""
SAVE = UPDATE + INSERT
SAVE_WITH_VECTORS = f"{UPDATE}, vector AS ({writing.INSERT}) {INSERT}"


class ShadowAnswer(NamedTuple):
    """What a shadow says of a picture; without a ranking, it has yet to be asked."""

    version_id: int
    ranking: list[dict[str, Any]] | None = None
    features: bytes | None = None
    network: str = ""


class Shadows:
    """The shadows of all classifiers, as this process has last read them."""

    def __init__(self) -> None:
        self.by_classifier: dict[int, list[int]] = {}
        self.read_at = float("-inf")


known = Shadows()


def renew() -> None:
    """Reads which versions are shadows, if that was some seconds ago. Between batches."""
    if monotonic() - known.read_at < RENEWED_EVERY:
        return
    known.read_at = monotonic()
    try:
        read()
    except DatabaseError as error:
        logger.error("Shadows are looked for later: %s", error)


def read() -> None:
    """Reads which versions are shadows. Raises DatabaseError."""
    found = ModelVersion.objects.filter(role=ModelVersion.Role.SHADOW).order_by("pk")
    by_classifier: dict[int, list[int]] = {}
    for classifier_id, version_id in found.values_list("classifier_id", "pk"):
        by_classifier.setdefault(classifier_id, []).append(version_id)
    known.by_classifier = by_classifier


def of(classifier_id: int) -> Sequence[int]:
    """The ids of a classifier's shadows."""
    return known.by_classifier.get(classifier_id, ())


class Picture(NamedTuple):
    """For the job of a shadow: its name in the storage, and the work of decoding it."""

    file: str
    work: int


def save_answers(answers: Sequence[Answer], pictures: Mapping[int, Picture]) -> None:
    """Writes answers, and what shadows say with them, with one statement; enqueues the others.

    pictures: by the inferences that are answered. Raises DatabaseError.
    """
    shadowed = [(answer.inference_id, shadow) for answer in answers for shadow in answer.shadows]
    if not all(shadow.ranking for _, shadow in shadowed) and too_many_wait():
        shadowed = [(answered, shadow) for answered, shadow in shadowed if shadow.ranking]
    jobs = {str(turns.job_id_for(turns.NOBODY)): answered for answered, _ in shadowed}
    shadows = [shadow for _, shadow in shadowed]
    first = [shadow.ranking[0] if shadow.ranking else None for shadow in shadows]
    columns = columns_of(answers) | {
        "shadowed": list(jobs.values()),
        "jobs": list(jobs),
        "models": [shadow.version_id for shadow in shadows],
        "statuses": ["done" if shadow.ranking else "queued" for shadow in shadows],
        "shadow_labels": [best["label"] if best else "" for best in first],
        "shadow_keys": [key_of(best) if best else "" for best in first],
        "shadow_scores": [best["score"] if best else None for best in first],
        "shadow_top_ks": [dumps(shadow.ranking or []) for shadow in shadows],
        "shadow_features": [shadow.features for shadow in shadows],
    }
    statement = SAVE
    if table.is_there():
        statement, columns = SAVE_WITH_VECTORS, columns | vectors_of(answers)
    with connection.cursor() as cursor:
        cursor.execute(statement, columns)
        rows = cursor.fetchall()
    for inference_id, version_id, job_id, status in rows:
        if status == Inference.Status.QUEUED:
            inference = Inference(pk=inference_id, model_version_id=version_id, job_id=job_id)
            enqueue(inference, pictures[jobs[str(job_id)]])


def too_many_wait() -> bool:
    """Whether as many jobs of shadows wait as a person's may; also while Redis cannot say."""
    try:
        waiting = turns.waiting_of(queue.get_queue(queue.BULK), turns.NOBODY)
    except RedisError:
        return True
    return waiting >= settings.QUEUE_LIMIT_PER_PERSON


def enqueue(inference: Inference, picture: Picture) -> None:
    inference.image = Image(file=picture.file)
    try:
        queue.enqueue(inference, queue.BULK, work=picture.work)
    except RedisError as error:  # a worker's maintenance enqueues it
        logger.error("A shadow's job waits for Redis: %s", error)
