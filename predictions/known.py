"""What is known of a picture's content before it is recorded: its rows, and its answer."""

from json import loads
from typing import Any, NamedTuple

from django.core.cache import cache
from django.db import connection

from predictions.classifiers import ModelVersion
from predictions.models import Image, Inference
from predictions.pictures.uploads import PictureUpload

# In SQL, because each repeated picture asks it: building it takes Django longer than it takes
# PostgreSQL to answer. No row comes back if the roles have changed since this process read them.
LOOK_UP = """
    SELECT image.id, image.md5, image.format, image.size, image.file, inference.id, status,
        job_id, label, synset, score, top_k, error, unreadable, timings
    FROM predictions_classifier AS classifier
    LEFT JOIN predictions_image AS image ON image.sha256 = %(sha256)s
    LEFT JOIN predictions_inference AS inference
        ON inference.image_id = image.id AND inference.model_version_id = %(model)s
        AND (status <> 'failed' OR unreadable)
    WHERE classifier.id = %(classifier)s AND classifier.revision = %(revision)s::uuid
"""


class RolesChanged(Exception):
    """Since this process has read them."""


def seen_before(upload: PictureUpload) -> bool:
    """Whether this process has been sent this content before; remembers that it has been now."""
    return not cache.add(upload.sha256, True)


class Known(NamedTuple):
    """What is known of a picture's content."""

    is_stored: bool
    inference: Inference | None  # the model's answer, there or on its way


def look_up(upload: PictureUpload, model: ModelVersion) -> Known:
    """Rows come with the columns that are needed; Django loads the others on access.

    A picture that cannot be read stays unreadable; any other failure deserves a new try.

    Raises:
        RolesChanged
    """
    with connection.cursor() as cursor:
        cursor.execute(LOOK_UP, {"sha256": upload.sha256, **as_known(model)})
        row = cursor.fetchone()
    if row is None:
        raise RolesChanged
    image_id, md5, kind, size, file, inference_id, *answer = row
    if inference_id is None:
        return Known(image_id is not None, None)
    names = ["status", "job_id", "label", "class_key", "score", "ranking", "error", "unreadable"]
    inference = Inference.from_db("default", ["id", *names, "timings"], [inference_id, *answer])
    inference.ranking, inference.timings = loads(inference.ranking), loads(inference.timings)
    inference.model_version = model
    inference.image = Image.from_db(
        "default", ["id", "md5", "format", "size", "file"], [image_id, md5, kind, size, file]
    )
    return Known(True, inference)


def as_known(model: ModelVersion) -> dict[str, Any]:
    """A version, and the revision of the roles by which it answers."""
    classifier = model.classifier
    return {"model": model.pk, "classifier": classifier.pk, "revision": classifier.revision}
