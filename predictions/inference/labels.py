"""The 1,000 ImageNet classes.

`imagenet_class_index.json` holds class index → [synset, name], the names as Keras's
`decode_predictions` gives them. Two names, `crane` and `maillot`, stand for two classes each: the
synset is the identity, the name is for people.
"""

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

LABEL_FILE = Path(__file__).with_name("imagenet_class_index.json")


@dataclass(frozen=True, slots=True)
class Label:
    """One class: its place in a model's output, its WordNet synset (`n02124075`), its name."""

    index: int
    synset: str
    name: str


@cache
def labels() -> tuple[Label, ...]:
    """All 1,000 labels; the one at position i is what output i of a model means."""
    entries: dict[str, list[str]] = json.loads(LABEL_FILE.read_text(encoding="utf-8"))
    return tuple(Label(index, *entries[str(index)]) for index in range(len(entries)))


@cache
def labels_sha256() -> str:
    """SHA-256 of the label file: a manifest says which labels its model was prepared for."""
    return hashlib.sha256(LABEL_FILE.read_bytes()).hexdigest()


def search(text: str) -> list[Label]:
    """Labels whose name or synset contains the text, those that begin with it first.

    Case does not matter and a space equals an underscore. An empty text finds every label.
    """
    wanted = _normalised(text.strip())
    found = [
        label for label in labels() if wanted in _normalised(label.name) or wanted in label.synset
    ]
    # sort() is stable: within each of the two groups the labels stay in class order.
    found.sort(
        key=lambda label: (
            not (_normalised(label.name).startswith(wanted) or label.synset.startswith(wanted))
        )
    )
    return found


def _normalised(text: str) -> str:
    return text.casefold().replace(" ", "_")
