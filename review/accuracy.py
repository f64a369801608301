"""How often each version is right, estimated from the random sample.

Reviewers go through the sample of a week in its own random order, so that what they have got to is
a random sample, too. Labels beyond that come from other queues, where pictures are for a reason:
they would make the figures worse than the truth, and count only once the sample has got there.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby
from typing import Any, NamedTuple

from django.db.models import (
    BooleanField,
    Case,
    Exists,
    F,
    FilteredRelation,
    Func,
    OuterRef,
    Q,
    Value,
    When,
)
from django.db.models.functions import JSONObject
from django.utils import timezone

from predictions.classifiers import Classifier, ModelVersion
from predictions.comparisons.figures import Accuracy, accuracy_of, wilson
from predictions.inference.labels import NONE_KEY
from review.models import Decision, SampledPrediction, monday_of

WEEKS = 26  # that are shown, this one included
MOST_LABELS = 100_000  # more of them nobody is asked for
# That a class is among the best five, whose keys are where ranking.key_of() finds them.
AMONG_FIVE = "'$[0 to 4] ? (@.key == $key || !exists(@.key) && @.synset == $key)'::jsonpath"


class Sampled(NamedTuple):
    week: date
    version_id: int
    is_labelled: bool
    is_right: bool  # if it is labelled
    is_among_five: bool
    is_from_sample: bool  # a reviewer met it in the queue of the sample


@dataclass
class Tally:
    """What is known of a version's answers in the sample, of a week or of all."""

    week: date | None = None
    sampled: int = 0
    reached: int = 0  # by reviewers, in the sample's order
    labelled: int = 0  # of these
    elsewhere: int = 0  # labelled from other queues, and not reached
    right: int = 0
    among_five: int = 0

    def add(self, one: Sampled, is_reached: bool) -> None:
        self.sampled += 1
        self.reached += is_reached
        if not one.is_labelled:
            return
        if is_reached:
            self.labelled += 1
            self.right += one.is_right
            self.among_five += one.is_among_five
        else:
            self.elsewhere += 1

    @property
    def top_1(self) -> Accuracy | None:
        return accuracy_of(self.right, self.labelled) if self.labelled else None

    @property
    def top_5(self) -> Accuracy | None:
        return accuracy_of(self.among_five, self.labelled) if self.labelled else None

    @property
    def unlabelled(self) -> int:
        """Reached, and left without a label: skipped, or only its feedback rejected."""
        return self.reached - self.labelled

    @property
    def worst(self) -> float:
        """The share of right answers if all those left without a label were wrong."""
        return self.right / self.reached

    @property
    def best(self) -> float:
        return (self.right + self.unlabelled) / self.reached

    @property
    def to_halve(self) -> int:
        """How many more labels would halve the interval of top_1 if the share stays as it is."""
        share = self.right / self.labelled

        def narrowness(labels: int) -> float:
            low, high = wilson(share * labels, labels)
            return low - high

        wanted = narrowness(self.labelled) / 2
        found = bisect_left(range(MOST_LABELS), wanted, lo=self.labelled, key=narrowness)
        return found - self.labelled


@dataclass
class OfVersion:
    version: ModelVersion
    overall: Tally = field(default_factory=Tally)
    weeks: list[Tally] = field(default_factory=list)  # the latest first

    def add(self, one: Sampled, is_reached: bool) -> None:
        if not self.weeks or self.weeks[-1].week != one.week:
            self.weeks.append(Tally(one.week))
        for tally in (self.overall, self.weeks[-1]):
            tally.add(one, is_reached)


def accuracy_by_version(classifier: Classifier) -> list[OfVersion]:
    """Of the versions with answers in the sample, the latest first. Two statements."""
    rows = list(sampled(classifier))
    ids = {one.version_id for one in rows}
    versions = {pk: OfVersion(one) for pk, one in ModelVersion.objects.in_bulk(ids).items()}
    for _week, of_week in groupby(rows, key=lambda one: one.week):
        for one, is_reached in reached(list(of_week)):
            versions[one.version_id].add(one, is_reached)
    return sorted(versions.values(), key=lambda of: -of.version.pk)


def sampled(classifier: Classifier) -> Iterator[Sampled]:
    """The latest weeks first, and each in the order in which reviewers meet its answers."""
    decisions = "prediction__image__decisions"
    of_picture = Decision.objects.filter(
        classifier=classifier, image=OuterRef("prediction__image"), is_undone=False
    )
    shows = Case(When(label__class_key="", then=Value(NONE_KEY)), default=F("label__class_key"))
    inference = "prediction__inference__"
    rows: Any = (
        SampledPrediction.objects.filter(
            classifier=classifier, week__gt=monday_of(timezone.now()) - timedelta(weeks=WEEKS)
        )
        .annotate(
            label=FilteredRelation(
                decisions,
                condition=Q(
                    **{
                        f"{decisions}__classifier": classifier,
                        f"{decisions}__replaced_at": None,
                        f"{decisions}__is_label": True,
                    }
                ),
            ),
            is_labelled=Q(label__isnull=False),
            is_right=Q(**{f"{inference}class_key": shows}),
            is_among_five=Func(
                F(f"{inference}ranking"),
                Func(template=AMONG_FIVE),
                JSONObject(key=shows),
                function="jsonb_path_exists",
                output_field=BooleanField(),
            ),
            is_from_sample=Exists(of_picture.filter(queue=Decision.Source.SAMPLE)),
        )
        .order_by("-week", "prediction_id")
    )
    yield from map(
        Sampled._make,
        rows.values_list("week", f"{inference}model_version", *Sampled._fields[2:]),
    )


def reached(of_week: list[Sampled]) -> Iterable[tuple[Sampled, bool]]:
    """Each with whether the reviewers of the sample have got so far.

    Where nothing of a week is left to be labelled, it does not matter any more in which order.
    """
    if all(one.is_labelled for one in of_week):
        last = len(of_week)
    else:
        last = max((at for at, one in enumerate(of_week) if one.is_from_sample), default=-1)
    return ((one, at <= last) for at, one in enumerate(of_week))
