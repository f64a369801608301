"""What outputs of a model mean, and the 1,000 ImageNet classes.

`imagenet_class_index.json` holds class index → [synset, name], the names as Keras's
`decode_predictions` gives them. Two names, `crane` and `maillot`, stand for two classes each: the
synset is the identity, the name is for people.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

# The class of taught classifiers for what is none of their others.
NONE_KEY, NONE_NAME = "none-of-these", "None of these"
LABEL_FILE = Path(__file__).with_name("imagenet_class_index.json")


@dataclass(frozen=True, slots=True)
class Label:
    """One class: its place in a model's output, its key, which no other class of its classifier
    has, its name, and its WordNet synset (`n02124075`) if it has one.
    """

    index: int
    key: str
    name: str
    synset: str = ""


@cache
def labels() -> tuple[Label, ...]:
    """All 1,000 labels; the one at position i is what output i of a model means.

    Their keys are their synsets.
    """
    entries: dict[str, list[str]] = json.loads(LABEL_FILE.read_text(encoding="utf-8"))
    return tuple(
        Label(index, synset, name, synset)
        for index, (synset, name) in ((index, entries[str(index)]) for index in range(len(entries)))
    )


@cache
def labels_sha256() -> str:
    """SHA-256 of the label file: a manifest says which labels its model was prepared for."""
    return hashlib.sha256(LABEL_FILE.read_bytes()).hexdigest()


def as_entries(labels: Sequence[Label]) -> list[list[str]]:
    """Key, name and synset of each, as they are kept."""
    return [[label.key, label.name, label.synset] for label in labels]


def digest(labels: Sequence[Label]) -> str:
    """SHA-256 that tells this label set from all others, wherever it was kept."""
    return hashlib.sha256(json.dumps(as_entries(labels)).encode()).hexdigest()


def by_text(labels: Sequence[Label]) -> dict[str, Label]:
    """The class that a text names: its name, its key, or as feedback stores it where two classes
    share a name, `crane (n02012849)`. A name that stands for two classes names neither.
    """
    uses = Counter(label.name for label in labels)
    return {
        **{label.key: label for label in labels},
        **{f"{label.name} ({label.key})": label for label in labels},
        **{label.name: label for label in labels if uses[label.name] == 1},
    }


def search(text: str, among: Sequence[Label] | None = None) -> list[Label]:
    """Labels whose key, name or synset contains the text, those that begin with it first.

    Case does not matter and a space equals an underscore. An empty text finds every label.
    among: ImageNet's unless told.
    """
    wanted = _normalised(text.strip())

    def words(label: Label) -> list[str]:
        return [_normalised(word) for word in (label.key, label.name, label.synset)]

    found = [
        label
        for label in (labels() if among is None else among)
        if any(wanted in word for word in words(label))
    ]
    # sort() is stable: within each of the two groups the labels stay in class order.
    found.sort(key=lambda label: not any(word.startswith(wanted) for word in words(label)))
    return found


def _normalised(text: str) -> str:
    return text.casefold().replace(" ", "_")
