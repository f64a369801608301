"""One's own history as a table, row by row, however long it is."""

import csv
import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import QuerySet

from predictions.models import Prediction

COLUMNS = (
    "id",
    "asked_at",
    "file_name",
    "image_file_name",
    "status",
    "label",
    "synset",
    "score",
    "model",
    "model_version",
    "cached",
    "correct",
    "correction",
    "feedback",
)
ROWS_AT_ONCE = 500


class Echo:
    """What csv.writer writes to comes back as its result."""

    def write(self, text: str) -> str:
        return text


def rows(predictions: QuerySet[Prediction]) -> Iterator[dict[str, Any]]:
    for prediction in predictions.prefetch_related("feedback").iterator(ROWS_AT_ONCE):
        inference = prediction.inference
        said = next(iter(prediction.feedback.all()), None)
        yield dict(
            zip(
                COLUMNS,
                (
                    str(prediction.pk),
                    prediction.created_at.isoformat(),
                    prediction.file_name,
                    prediction.image_file_name,
                    inference.status,
                    inference.label,
                    inference.synset,
                    inference.score,
                    inference.model_version.name,
                    inference.model_version.version,
                    prediction.cached,
                    said and said.correct,
                    said and said.label,
                    said and said.feedback,
                ),
                strict=True,
            )
        )


def as_csv(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    writer = csv.writer(Echo())
    yield writer.writerow(COLUMNS)
    for row in rows:
        yield writer.writerow([harmless(value) for value in row.values()])


def as_json(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    before = "[\n"
    for row in rows:
        yield before + json.dumps(row, ensure_ascii=False)
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def harmless(value: Any) -> Any:
    """A text that a spreadsheet would take for a formula gets an apostrophe (OWASP, CSV injection).

    File names are whatever somebody chose.
    """
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{value}"
    return value
