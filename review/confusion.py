"""What is taken for what: the answers that reviewers saw, and the classes that they verified."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cached_property
from typing import Any, NamedTuple

from django.db.models import Count
from django.utils import timezone

from predictions.classifiers import Classifier, ModelVersion
from predictions.inference.labels import NONE_KEY
from review.models import Decision, DecisionQuerySet

LOOKED_AT = 100_000  # of the latest decisions of a classifier
LISTED = 100  # pairs, the most frequent ones
CLASSES = 20  # of the matrix, those that are mistaken most


@dataclass(frozen=True)
class Asked:
    """Which verified labels are looked at. `since` is a day of the server's time zone."""

    classifier: Classifier
    version: ModelVersion | None = None
    only_sample: bool = False
    since: date | None = None

    def labels(self) -> DecisionQuerySet:
        found = Decision.objects.verified().filter(classifier=self.classifier)
        if self.version:
            found = found.filter(model_version=self.version)
        if self.only_sample:
            found = found.of_sample()
        if self.since:
            found = found.filter(decided_at__gte=timezone.make_aware(midnight(self.since)))
        if self.earliest:
            found = found.filter(decided_at__gte=self.earliest)
        return found.exclude(answered_key="")  # an imported label is about no answer

    @cached_property
    def earliest(self) -> datetime | None:
        """When the first of those that are looked at was decided, if there are more."""
        times = Decision.objects.filter(classifier=self.classifier).order_by("-decided_at")
        found = times.values_list("decided_at", flat=True)[LOOKED_AT - 1 : LOOKED_AT + 1]
        return found[0] if len(found) == 2 else None


def midnight(day: date) -> datetime:
    return datetime.combine(day, time())


class Pair(NamedTuple):
    """Keys of classes. Whoever says none of them means NONE_KEY, which some classifiers have."""

    answered: str
    verified: str


class Row(NamedTuple):
    verified: str
    numbers: list[tuple[str, int, float]]  # class answered, pictures, share of `number`
    number: int  # of all its pictures, also those answered with a class that is not shown
    right: float  # share


@dataclass(frozen=True)
class Confusion:
    numbers: Counter[Pair]

    @property
    def number(self) -> int:
        return self.numbers.total()

    @cached_property
    def wrong(self) -> list[tuple[Pair, int]]:
        """The most frequent mistakes first."""
        return [
            (pair, number)
            for pair, number in self.numbers.most_common()
            if pair.answered != pair.verified
        ]

    def rows(self) -> list[Row]:
        """Of the classes that are mistaken most, as either."""
        weights: Counter[str] = Counter()
        for pair, number in self.wrong:
            for key in pair:
                weights[key] += number
        shown = [key for key, _number in weights.most_common(CLASSES)]
        totals: Counter[str] = Counter()
        for pair, number in self.numbers.items():
            totals[pair.verified] += number
        return [self.row(key, shown, totals[key]) for key in shown if totals[key]]

    def row(self, verified: str, shown: Iterable[str], of: int) -> Row:
        numbers = [(key, self.numbers[Pair(key, verified)]) for key in shown]
        return Row(
            verified,
            [(key, number, number / of) for key, number in numbers],
            of,
            self.numbers[Pair(verified, verified)] / of,
        )


def confusion_of(asked: Asked) -> Confusion:
    numbers: Counter[Pair] = Counter()
    counted = asked.labels().order_by().values_list("answered_key", "class_key")
    for answered, verified, number in counted.annotate(number=Count("pk")):
        numbers[Pair(answered, verified or NONE_KEY)] += number
    return Confusion(numbers)


def labels_of_pair(asked: Asked, pair: Pair) -> Any:
    """The latest first."""
    verified = ["", NONE_KEY] if pair.verified == NONE_KEY else [pair.verified]
    found = asked.labels().filter(answered_key=pair.answered, class_key__in=verified)
    return found.order_by("-pk")
