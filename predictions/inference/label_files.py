"""The labels of a prepared model, in a file beside it, unless they are ImageNet's."""

import json
from collections.abc import Sequence
from pathlib import Path

from predictions.inference.errors import ModelNotPrepared
from predictions.inference.labels import Label, as_entries

LABELS_FILE = "labels.json"
LONGEST = 64  # characters of a key or a name, as the columns of answers have room for


def write_labels(labels: Sequence[Label], folder: Path) -> None:
    """Raises ValueError: with these labels answers could not be saved."""
    refuse_labels(labels)
    text = json.dumps(as_entries(labels), ensure_ascii=False)
    (folder / LABELS_FILE).write_text(text, encoding="utf-8")


def read_labels(folder: Path) -> tuple[Label, ...]:
    """Raises ModelNotPrepared if there are none, or none with which answers can be saved."""
    try:
        entries = json.loads((folder / LABELS_FILE).read_text(encoding="utf-8"))
        labels = tuple(Label(index, *entry) for index, entry in enumerate(entries))
        refuse_labels(labels)
    except (OSError, ValueError, TypeError) as error:
        raise ModelNotPrepared(f"No readable labels in {folder}: {error}") from error
    return labels


def refuse_labels(labels: Sequence[Label]) -> None:
    """Raises ValueError, and returns otherwise.

    A whole batch is saved with one statement, so one such label would fail the pictures of others.
    """
    for label in labels:
        for text in (label.key, label.name):
            if not isinstance(text, str) or not 0 < len(text) <= LONGEST or "\0" in text:
                raise ValueError(
                    f"Keys and names of classes have 1 to {LONGEST} characters: {text!r}"
                )
    if len({label.key for label in labels}) < len(labels):
        raise ValueError("Two classes have the same key.")
