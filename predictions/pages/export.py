"""One's own history as a table, row by row, however long it is."""

import csv
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import QuerySet

from foundation.postgresql.windows import in_windows
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
    "classifier",
    "class_key",
)
ROWS_AT_ONCE = 500
# The places where a spreadsheet might find a formula. A cell begins where a value does, but also
# behind a semicolon, a tab or a line break inside a value: Excel splits at semicolons in many
# countries, and quotes do not stop it then. Some programs drop spaces and quotes before the sign.
# Excel in Japanese and Chinese takes full-width signs as well.
BREAKS = r"\t-\r\x1c-\x1e\x85\u2028\u2029"
DROPPED = rf"(?:[^\S{BREAKS}]|[\"\u200b-\u200f\u2060\ufeff])*"
FORMULA = re.compile(rf"(?<![^;{BREAKS}])(?!(?<=\r)\n)(?={DROPPED}[=+\-@＝＋－＠{BREAKS}])")


class Echo:
    """What csv.writer writes to comes back as its result."""

    def write(self, text: str) -> str:
        return text


def rows(predictions: QuerySet[Prediction]) -> Iterator[dict[str, Any]]:
    for prediction in in_windows(predictions.prefetch_related("feedback"), ROWS_AT_ONCE):
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
                    inference.ranking[0]["synset"] if inference.ranking else "",
                    inference.score,
                    inference.model_version.name,
                    inference.model_version.version,
                    prediction.cached,
                    said and said.correct,
                    said and said.label,
                    said and said.feedback,
                    inference.model_version.classifier.name,
                    inference.class_key,
                ),
                strict=True,
            )
        )


def as_csv(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Begins with a byte order mark, without which Excel takes UTF-8 for the local encoding."""
    writer = csv.writer(Echo(), quoting=csv.QUOTE_ALL)
    yield f"\ufeff{writer.writerow(COLUMNS)}"
    for row in rows:
        yield writer.writerow([harmless(value) for value in row.values()])


def as_json(rows: Iterable[dict[str, Any]]) -> Iterator[str]:
    before = "[\n"
    for row in rows:
        yield before + json.dumps(row, ensure_ascii=False)
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def harmless(value: Any) -> Any:
    """Puts an apostrophe before what a spreadsheet would take for a formula (OWASP, CSV injection).

    File names and feedback are whatever somebody wrote. Numbers stay numbers.
    """
    return FORMULA.sub("'", value) if isinstance(value, str) else value
