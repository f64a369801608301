"""What is known of a head that was learnt, in figures that can be kept as JSON."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np

CONFIDENCE = 0.95


class Share(NamedTuple):
    """How many of so many, and the interval of the share, 0 to 1; None if there are none."""

    right: int
    of: int
    share: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Point:
    """Accuracy among the classes alone, before rejection, with so many pictures a class."""

    pictures: int
    accuracy: float
    low: float
    high: float


@dataclass(frozen=True)
class Figures:
    """All of pictures that were held out while the head that judged them was learnt.

    A picture that cannot be judged, the only one of its class, is not in `of`; what cannot be said
    at all is None. Shares are 0 to 1.

    right, of, accuracy, low, high: of the answers that people would get, with "none of these", with
        the 95 % interval.
    baseline: what always saying the largest class would reach.
    among_classes: accuracy before rejection.
    calibration_error, calibration_bins: expected calibration error over so many bins with equally
        many pictures.
    confusion: counts, a row for each class given and a column for each class that the head answers,
        of which the last is "none of these".
    recalls: of each class given, the share answered rightly.
    curve: what fewer pictures would have reached.
    accepted: share of pictures of known classes that are not rejected.
    temperature: by which logits were divided; strength: scikit-learn's C, None for nearest means.
    folds: how many parts were held out in turn.
    """

    right: int
    of: int
    accuracy: float | None
    low: float | None
    high: float | None
    baseline: float
    among_classes: float | None
    calibration_error: float | None
    calibration_bins: int
    confusion: list[list[int]]
    recalls: list[float | None]
    curve: list[Point]
    accepted: float | None
    temperature: float
    strength: float | None
    folds: int

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def share(rights: Iterable[bool]) -> Share:
    """With the interval of E. B. Wilson, J. Am. Stat. Assoc. 22, 1927."""
    from scipy.stats import binomtest

    each = np.fromiter(rights, bool)
    if not len(each):
        return Share(0, 0, None, None, None)
    right = int(each.sum())
    interval = binomtest(right, len(each)).proportion_ci(CONFIDENCE, method="wilson")
    return Share(right, len(each), right / len(each), float(interval.low), float(interval.high))
