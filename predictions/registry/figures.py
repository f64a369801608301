"""What is known here of the versions of a classifier: how much they answer, how fast, how well.

Each number is of a limited number of rows, found by an index, however many answers there are.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection

from predictions.classifiers import ModelVersion
from predictions.models import Prediction
from predictions.registry.model_store import model_store

COUNTED = 10_000  # answers of a version; more are not counted
TIMED = 1000  # the latest answers of a version
JUDGED = 10_000  # the latest verdicts, on versions of all classifiers

# For each version the index inference_of_version is read from its latest answer on.
ANSWERS = """
    SELECT version.id, counted.answers, timed.milliseconds
    FROM predictions_modelversion AS version
    CROSS JOIN LATERAL (
        SELECT count(*) AS answers FROM (
            SELECT FROM predictions_inference
            WHERE model_version_id = version.id AND status = 'done'
            ORDER BY created_at DESC LIMIT %(counted)s
        ) AS latest
    ) AS counted
    CROSS JOIN LATERAL (
        SELECT avg(
            (timings ->> 'inference')::float8 / nullif((timings ->> 'batch_size')::float8, 0)
        ) AS milliseconds FROM (
            SELECT timings FROM predictions_inference
            WHERE model_version_id = version.id AND status = 'done'
            ORDER BY created_at DESC LIMIT %(timed)s
        ) AS latest
    ) AS timed
    WHERE version.id = ANY(%(versions)s)
"""


@dataclass
class Figures:
    """answers: COUNTED + 1 for more. milliseconds: a picture, on average. size: bytes of its files;
    None if they are not all here.
    """

    answers: int = 0
    milliseconds: float | None = None
    right: int = 0
    wrong: int = 0
    size: int | None = None


def figures_of(versions: Sequence[ModelVersion]) -> dict[int, Figures]:
    """By the versions' ids; two statements for all of them, if their members are prefetched."""
    figures = {version.pk: Figures(size=size_of(version)) for version in versions}
    with connection.cursor() as cursor:
        cursor.execute(ANSWERS, {"versions": list(figures), "counted": COUNTED + 1, "timed": TIMED})
        for pk, answers, milliseconds in cursor.fetchall():
            figures[pk].answers, figures[pk].milliseconds = answers, milliseconds
    for pk, correct in latest_verdicts():
        if pk in figures:
            figures[pk].right += correct
            figures[pk].wrong += not correct
    return figures


def latest_verdicts() -> Iterable[tuple[int, bool]]:
    """Which version answered, and whether that was right; of each prediction what was said last."""
    found = (
        Prediction.everything.filter(feedback__correct__isnull=False)
        .order_by("-feedback__pk")
        .values_list("pk", "inference__model_version_id", "feedback__correct")
    )
    last: dict[object, tuple[int, bool]] = {}
    for prediction, version, correct in found[:JUDGED]:
        last.setdefault(prediction, (version, bool(correct)))
    return last.values()


def size_of(version: ModelVersion) -> int | None:
    """In bytes, of an ensemble that of its members together; None if a file is not here.

    A head's is its own: its backbone serves others, too.
    """
    store, members = model_store(), version.members.all()
    parts = [member.version.manifest for member in members] or [version.manifest]
    files = {
        store.path(part["name"], part["version"]) / name for part in parts for name in part["files"]
    }
    try:
        return sum(file.stat().st_size for file in files)
    except OSError:
        return None
