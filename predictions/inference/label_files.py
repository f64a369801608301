"""The labels of a prepared model, in a file beside it, unless they are ImageNet's."""

import json
from collections.abc import Sequence
from pathlib import Path

from predictions.inference.errors import ModelNotPrepared
from predictions.inference.labels import Label, as_entries

LABELS_FILE = "labels.json"


def write_labels(labels: Sequence[Label], folder: Path) -> None:
    text = json.dumps(as_entries(labels), ensure_ascii=False)
    (folder / LABELS_FILE).write_text(text, encoding="utf-8")


def read_labels(folder: Path) -> tuple[Label, ...]:
    """Raises ModelNotPrepared if there are none."""
    try:
        entries = json.loads((folder / LABELS_FILE).read_text(encoding="utf-8"))
        return tuple(Label(index, *entry) for index, entry in enumerate(entries))
    except (OSError, ValueError, TypeError) as error:
        raise ModelNotPrepared(f"No readable labels in {folder}.") from error
