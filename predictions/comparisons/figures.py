"""What a comparison says so far, in figures."""

from collections.abc import Iterable, Mapping
from math import sqrt
from statistics import NormalDist
from typing import NamedTuple

from predictions.comparisons.models import Comparison
from predictions.comparisons.selection import truths

CONFIDENCE = 0.95
# A difference that chance makes less often than this is called one.
SIGNIFICANT = 1 - CONFIDENCE


class Accuracy(NamedTuple):
    """How many of so many pictures a version has right; the interval of the share, 0 to 1."""

    right: int
    of: int
    low: float
    high: float

    @property
    def share(self) -> float:
        return self.right / self.of


class Paired(NamedTuple):
    """Both versions on the same pictures with known classes."""

    first: Accuracy
    second: Accuracy
    only_first: int  # has it right
    only_second: int
    p_value: float

    @property
    def better(self) -> str:
        """`first` or `second`; empty if no difference can be shown."""
        if self.p_value >= SIGNIFICANT:
            return ""
        return "first" if self.only_first > self.only_second else "second"


class Figures(NamedTuple):
    answered: int  # pictures, by both
    agree: int
    paired: Paired | None  # None: no picture's class is known

    @property
    def agreement(self) -> float:
        """Of those answered, 0 to 1. Only if there are any."""
        return self.agree / self.answered


def figures_of(comparison: Comparison) -> Figures:
    said = {
        image_id: (first, second)
        for image_id, first, second in comparison.answered().values_list(
            "pk", "said_first__class_key", "said_second__class_key"
        )
    }
    return Figures(
        answered=len(said),
        agree=sum(first == second for first, second in said.values()),
        paired=paired(said, truths(comparison.first.label_set_id, comparison.images())),
    )


def paired(said: Mapping[int, tuple[str, str]], truth: Mapping[int, str]) -> Paired | None:
    """The accuracies on pictures of which the truth is known, and McNemar's exact test of them.

    It asks whether pictures that one version alone has right are as often the first's as the
    second's: a binomial test (Q. McNemar, Psychometrika 12, 1947).
    """
    rights = [
        (said[image_id][0] == key, said[image_id][1] == key)
        for image_id, key in truth.items()
        if image_id in said
    ]
    if not rights:
        return None
    only_first = sum(first and not second for first, second in rights)
    only_second = sum(second and not first for first, second in rights)
    return Paired(
        first=accuracy(first for first, _ in rights),
        second=accuracy(second for _, second in rights),
        only_first=only_first,
        only_second=only_second,
        p_value=mcnemar(only_first, only_second),
    )


def accuracy(rights: Iterable[bool]) -> Accuracy:
    each = list(rights)
    return accuracy_of(sum(each), len(each))


def accuracy_of(right: int, of: int) -> Accuracy:
    return Accuracy(right, of, *wilson(right, of))


def wilson(right: float, of: float) -> tuple[float, float]:
    """The interval of E. B. Wilson, J. Am. Stat. Assoc. 22, 1927: its ends, 0 to 1.

    Written out because scipy.stats takes a second and 100 MB, which most web processes never need.
    """
    z = NormalDist().inv_cdf((1 + CONFIDENCE) / 2)
    share, weight = right / of, z**2 / of
    middle = share + weight / 2
    reach = z * sqrt(share * (1 - share) / of + weight / (4 * of))
    return max(0.0, (middle - reach) / (1 + weight)), min(1.0, (middle + reach) / (1 + weight))


def mcnemar(only_first: int, only_second: int) -> float:
    """The probability that chance alone divides these so unevenly, or more so."""
    from scipy.stats import binomtest  # see wilson()

    if only_first + only_second == 0:
        return 1.0
    return float(binomtest(only_first, only_first + only_second).pvalue)
