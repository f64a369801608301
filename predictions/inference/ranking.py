"""From a model's probabilities to the labels people read."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from predictions.inference.labels import Label

if TYPE_CHECKING:
    import numpy as np  # which the web process, whose pages read rankings, does without


class Ranked(NamedTuple):
    """A label and how probable the model holds it, 0 to 1."""

    label: Label
    score: float


def top_k(probabilities: "np.ndarray", labels: Sequence[Label], k: int = 5) -> list[Ranked]:
    """The k most probable labels of one picture, best first.

    probabilities: float32, one for each of `labels`. Equal scores keep class order, so that an
    answer is reproducible.
    """
    best = (-probabilities).argsort(kind="stable")[:k]
    return [Ranked(labels[index], float(probabilities[index])) for index in best]


def as_entry(ranked: Ranked) -> dict[str, Any]:
    """As it is kept with an answer: with the class's key where that is not its synset."""
    label, score = ranked
    entry = {"label": label.name, "synset": label.synset, "score": round(score, 6)}
    return entry if label.key == label.synset else entry | {"key": label.key}


def key_of(entry: dict[str, Any]) -> str:
    """The key of a class that is kept with an answer."""
    key: str = entry.get("key") or entry["synset"]
    return key
