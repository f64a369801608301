"""What is counted anew: people, failures and feedback of the latest 1, 7 and 30 days.

Each reads a limited number of rows by an index, however many there are.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db import connections

from classifier_site.operations.overview.days import PERIODS, beginning, first_of
from foundation.postgresql.replica.reading import alias_for_all
from predictions.classifiers import Classifier, ModelVersion

FAILURES = 20_000  # the latest that are looked at
JUDGED = 5_000  # the latest verdicts
REASONS, CLASSES = 10, 10  # shown

# Whoever has asked lately: the index prediction_history names each person's latest prediction.
PEOPLE = """
    SELECT
        count(*) FILTER (WHERE latest >= %(today)s),
        count(*) FILTER (WHERE latest >= %(week)s),
        count(*) FILTER (WHERE latest >= %(month)s)
    FROM accounts_user AS person
    CROSS JOIN LATERAL (
        SELECT created_at AS latest FROM predictions_prediction
        WHERE user_id = person.id ORDER BY created_at DESC, id DESC LIMIT 1
    ) AS prediction
"""
FAILED = """
    SELECT error,
        count(*) FILTER (WHERE created_at >= %(today)s),
        count(*) FILTER (WHERE created_at >= %(week)s),
        count(*) AS month
    FROM (
        SELECT error, created_at FROM predictions_inference
        WHERE status = 'failed' AND created_at >= %(month)s
        ORDER BY created_at DESC LIMIT %(most)s
    ) AS latest
    GROUP BY error ORDER BY month DESC, error
"""
SAID = """
    SELECT inference.model_version_id, latest.correct, latest.predicted_class, latest.label,
        count(*) FILTER (WHERE latest.created_at >= %(today)s),
        count(*) FILTER (WHERE latest.created_at >= %(week)s),
        count(*)
    FROM (
        SELECT prediction_id, correct, created_at,
            CASE WHEN correct THEN '' ELSE predicted_class END AS predicted_class,
            CASE WHEN correct THEN '' ELSE label END AS label
        FROM feedback_feedback WHERE correct IS NOT NULL
        ORDER BY id DESC LIMIT %(most)s
    ) AS latest
    LEFT JOIN predictions_prediction AS prediction ON prediction.id = latest.prediction_id
    LEFT JOIN predictions_inference AS inference ON inference.id = prediction.inference_id
    WHERE latest.created_at >= %(month)s
    GROUP BY 1, 2, 3, 4
"""


class ByPeriod(NamedTuple):
    """Numbers of today, of 7 and of 30 days."""

    today: int = 0
    week: int = 0
    month: int = 0

    def plus(self, other: "ByPeriod") -> "ByPeriod":
        return ByPeriod(*map(sum, zip(self, other, strict=True)))


class Failures(NamedTuple):
    by_reason: list[tuple[str, ByPeriod]]  # the most frequent first
    others: ByPeriod  # for further reasons
    are_all: bool  # or there are more than were looked at


class Verdicts(NamedTuple):
    """What people say of one version, or, without a name, of those that are not everybody's."""

    name: str
    version_id: int | None
    right: ByPeriod
    wrong: ByPeriod

    @property
    def by_period(self) -> list[tuple[int, int]]:
        return list(zip(self.right, self.wrong, strict=True))

    @property
    def share(self) -> float:
        """Right, of those of 30 days, 0 to 1."""
        return self.right.month / (self.right.month + self.wrong.month)


@dataclass
class Corrected:
    """A class that a classifier answers and people say is wrong."""

    classifier: str
    label_set_id: int
    label: str
    number: ByPeriod
    instead: Counter[str] = field(default_factory=Counter)  # what they say it is

    @property
    def mostly(self) -> str:
        """Empty if nobody said what it is."""
        return max(self.instead, key=lambda label: self.instead[label], default="")


class Said(NamedTuple):
    verdicts: list[Verdicts]
    corrected: list[Corrected]
    are_all: bool


def people() -> ByPeriod:
    [row] = ask(PEOPLE)
    return ByPeriod(*row)


def failures() -> Failures:
    found = [(error, ByPeriod(*numbers)) for error, *numbers in ask(FAILED, most=FAILURES)]
    others = ByPeriod()
    for _, numbers in found[REASONS:]:
        others = others.plus(numbers)
    looked_at = sum(numbers.month for _, numbers in found)
    return Failures(found[:REASONS], others, looked_at < FAILURES)


def said() -> Said:
    """Classes, and what people call them, only of classifiers that everybody may ask."""
    rows = ask(SAID, most=JUDGED)
    everybodys = ModelVersion.objects.filter(
        classifier__in=Classifier.everything.of_everybody()
    ).select_related("classifier")
    versions = everybodys.defer("manifest").in_bulk({row[0] for row in rows if row[0]})
    verdicts: dict[int | None, dict[bool, ByPeriod]] = {}
    corrected: dict[tuple[int, str], Corrected] = {}
    for version_id, correct, predicted, label, *counts in rows:
        numbers, version = ByPeriod(*counts), versions.get(version_id)
        of_version = verdicts.setdefault(version.pk if version else None, {})
        of_version[correct] = of_version.get(correct, ByPeriod()).plus(numbers)
        if version and not correct:
            row = corrected.setdefault(
                (version.classifier_id, predicted),
                Corrected(version.classifier.name, version.label_set_id, predicted, ByPeriod()),
            )
            row.number = row.number.plus(numbers)
            row.instead.update({label: numbers.month} if label else {})
    return Said(
        sorted(
            (
                Verdicts(
                    f"{versions[pk].classifier}: {versions[pk]}" if pk else "",
                    pk,
                    found.get(True, ByPeriod()),
                    found.get(False, ByPeriod()),
                )
                for pk, found in verdicts.items()
            ),
            key=lambda each: (-each.right.month - each.wrong.month, each.name),
        ),
        sorted(corrected.values(), key=lambda each: (-each.number.month, each.label))[:CLASSES],
        sum(row[-1] for row in rows) < JUDGED,
    )


def ask(statement: str, **values: Any) -> list[tuple[Any, ...]]:
    since = dict(zip(("today", "week", "month"), map(first_of, PERIODS), strict=True))
    with connections[alias_for_all()].cursor() as cursor:
        cursor.execute(statement, {name: beginning(day) for name, day in since.items()} | values)
        return cursor.fetchall()
