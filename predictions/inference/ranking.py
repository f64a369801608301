"""From a model's probabilities to the labels people read."""

from typing import NamedTuple

import numpy as np

from predictions.inference.labels import Label, labels


class Ranked(NamedTuple):
    """A label and how probable the model holds it, 0 to 1."""

    label: Label
    score: float


def top_k(probabilities: np.ndarray, k: int = 5) -> list[Ranked]:
    """The k most probable labels of one picture, best first.

    probabilities: float32 of shape (1000,). Equal scores keep class order, so that an answer is
    reproducible.
    """
    best = np.argsort(-probabilities, kind="stable")[:k]
    return [Ranked(labels()[index], float(probabilities[index])) for index in best]
