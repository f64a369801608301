"""How a data set lies in its ZIP.

    train/glass/<SHA-256>.jpeg    a folder for each split, in it one for each class
    labels.csv, labels.parquet    a row for each picture, with the columns below
    data-set.json                 what was asked for, and how many there are

The order of the rows is that of the pictures' SHA-256.
"""

import re
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from learning.data_sets.splits import split_of
from predictions.inference.labels import NONE_KEY
from predictions.models import Image
from review.models import Decision

CSV, PARQUET, MANIFEST = "labels.csv", "labels.parquet", "data-set.json"
FORMAT = "image-classification-data-set"
FORMAT_VERSION = 1


class Row(NamedTuple):
    """Of a picture. Nothing tells who sent it, or who decided."""

    file: str
    sha256: str
    split: str
    class_key: str  # empty: it shows none of the classes
    label: str
    verdict: str
    decided_at: datetime  # UTC
    random_sample: bool
    answer_key: str | None  # what the model had said when the reviewer decided
    answer_label: str | None
    answer_score: float | None
    model: str | None
    model_version: str | None
    width: int
    height: int


def row_of(decision: Decision) -> Row:
    """decision: with `in_sample`, its image, and its inference with the version."""
    image, answer = decision.image, decision.inference
    return Row(
        file=path_of(image, decision.class_key),
        sha256=image.sha256,
        split=split_of(image.sha256),
        class_key=decision.class_key,
        label=decision.label,
        verdict=decision.verdict,
        decided_at=decision.decided_at,
        random_sample=decision.in_sample,  # type: ignore[attr-defined]  # annotated
        answer_key=answer.class_key if answer else None,
        answer_label=answer.label if answer else None,
        answer_score=answer.score if answer else None,
        model=answer.model_version.name if answer else None,
        model_version=answer.model_version.version if answer else None,
        width=image.width,
        height=image.height,
    )


def path_of(image: Image, class_key: str) -> str:
    ending = Image.FILE_ENDINGS[image.format]
    return f"{split_of(image.sha256)}/{folder_of(class_key)}/{image.sha256}{ending}"


def folder_of(class_key: str) -> str:
    """The key itself, if every file system takes it for a name."""
    key = class_key or NONE_KEY
    if re.fullmatch(r"\w[\w.-]*", key, re.ASCII) and not key.endswith("."):
        return key
    plain = re.sub(r"[^\w-]+", "-", key, flags=re.ASCII).strip("-") or "class"
    return f"{plain}-{sha256(key.encode()).hexdigest()[:8]}"


class Fingerprint:
    """SHA-256 of pictures and labels: of two data sets the same if these are."""

    def __init__(self) -> None:
        self.hash = sha256()

    def add(self, row: Row) -> None:
        """In the order of the rows."""
        self.hash.update(f"{row.sha256} {row.class_key}\n".encode())

    def __str__(self) -> str:
        return self.hash.hexdigest()
