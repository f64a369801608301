"""What came of a training, as its page shows it."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db.models import Count
from django.utils.translation import gettext as _

from learning.models import Outcome, Training
from predictions.inference.labels import NONE_KEY

HARDEST = 12  # pictures shown
HARD = 0.8  # a picture whose class got at least so much is not hard
SUSPECTS = 60  # pictures shown


class Cell(NamedTuple):
    truth: str  # key
    said: str
    said_name: str
    number: int
    share: float  # of the pictures of its row


class ConfusionRow(NamedTuple):
    key: str
    name: str
    cells: list[Cell]
    number: int
    right: float | None  # share


def names_of(training: Training) -> dict[str, str]:
    """Names of classes as they were then, by their keys, in the order of the outputs."""
    if training.version is not None:
        return {
            key: _(name) if key == NONE_KEY else name
            for key, name, _synset in training.version.label_set.classes
        }
    return dict(training.classifier.taught_classes.values_list("key", "name"))


def confusion_of(training: Training, names: dict[str, str]) -> list[ConfusionRow]:
    """Rows are what pictures show, columns what was said; counted from what is kept of each."""
    counts = {
        (row["truth"], row["said"]): row["number"]
        for row in training.outcomes.order_by().values("truth", "said").annotate(number=Count("pk"))
    }
    taught = {truth for truth, _said in counts}
    shown = [key for key in names if key in taught or any(said == key for _, said in counts)]
    rows = []
    for truth in shown:
        if truth not in taught:
            continue
        of = sum(number for (row, _said), number in counts.items() if row == truth)
        cells = [
            Cell(truth, said, names[said], number := counts.get((truth, said), 0), number / of)
            for said in shown
        ]
        rows.append(
            ConfusionRow(truth, names[truth], cells, of, counts.get((truth, truth), 0) / of)
        )
    return rows


class Doubt(NamedTuple):
    """A picture with what was said of it, and the class it may belong to."""

    outcome: Outcome
    truth: str  # names
    said: str
    suggested: str
    move_to: int | None  # the class that is suggested, if it is still there


def outcomes_with_pictures(training: Training) -> Any:
    """Of examples that are still there."""
    return training.outcomes.filter(
        example__isnull=False, example__prediction__deleted_at=None
    ).select_related("example__taught_class", "example__image")


def doubts(training: Training, outcomes: Sequence[Outcome], names: dict[str, str]) -> list[Doubt]:
    classes = dict(training.classifier.taught_classes.values_list("key", "pk"))
    return [
        Doubt(
            one,
            names.get(one.truth, one.truth),
            names.get(one.said, one.said),
            names.get(one.suggested, one.suggested),
            classes.get(one.suggested or one.said),
        )
        for one in outcomes
    ]


def hardest(training: Training) -> Any:
    """But for those that are probably in the wrong class."""
    return outcomes_with_pictures(training).filter(suggested="", score_of_truth__lt=HARD)[:HARDEST]


def suspects(training: Training) -> Any:
    """Those probably in the wrong class, but for what somebody has looked at since."""
    return outcomes_with_pictures(training).suspects()
