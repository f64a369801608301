"""What one viewer sees on the admin's start page: what their permissions open, and no more."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeVar, cast

from django.core.cache import cache
from django.db.models import Min
from django.urls import reverse
from django.utils.http import urlencode

from accounts.models import User
from accounts.rights import staff_may
from classifier_site.operations.overview import charts, figures
from classifier_site.operations.overview.days import (
    MONTH,
    PERIODS,
    beginning,
    first_of,
    latest_days,
)
from classifier_site.operations.overview.disk import disk
from classifier_site.operations.overview.models import Day
from classifier_site.operations.overview.now import now
from classifier_site.operations.overview.times import STAGES, added, percentile
from feedback.models import Feedback
from predictions.classifiers import ModelVersion
from predictions.models import Inference, Prediction
from predictions.queue_admin import may_look

KEPT = 60  # seconds, by each process of the site

Found = TypeVar("Found")


def remembered(look: Callable[[], Found]) -> Found:
    return cast(Found, cache.get_or_set(f"overview:{look.__name__}", look, KEPT))


@dataclass(frozen=True)
class Month:
    days: list[Day]
    uncounted: int  # days on which there may have been predictions


def month() -> Month:
    found = latest_days()
    counted = {each.day for each in found}
    lacking = [day for day in days_of_month() if day not in counted]
    if not lacking:
        return Month(found, 0)
    first = Prediction.everything.aggregate(first=Min("created_at"))["first"]
    return Month(found, sum(first is not None and day >= first.date() for day in lacking))


def days_of_month() -> list[date]:
    return [first_of(MONTH) + timedelta(days=number) for number in range(MONTH)]


@dataclass(frozen=True)
class Period:
    """1, 7 or 30 days in figures."""

    predictions: int
    cached: int
    people: int
    times: dict[str, dict[str, float]]
    since: str  # for the address of a list

    @property
    def cached_share(self) -> float | None:
        return self.cached / self.predictions if self.predictions else None


def since(first: date) -> dict[str, str]:
    """As the admin's filters by date write it."""
    return {"created_at__gte": str(beginning(first))}


def periods(found: Sequence[Day]) -> list[Period]:
    return [
        Period(
            predictions=sum(each.predictions for each in days),
            cached=sum(each.cached for each in days),
            people=people,
            times=added(each.times for each in days),
            since=urlencode(since(first)),
        )
        for first, people in zip(map(first_of, PERIODS), remembered(figures.people), strict=True)
        for days in [[each for each in found if each.day >= first]]
    ]


def overview_for(user: User) -> dict[str, Any]:
    """The context of the template; a section that the viewer may not see is not there."""
    sections: dict[str, Any] = {}
    may = {model: staff_may(user, "view", model) for model in (Prediction, Inference, Feedback)}
    if may[Prediction] or may[Inference]:
        found = remembered(month)
        sections["month"] = found
        sections["periods"] = periods(found.days)
    if may[Prediction]:
        sections["use"] = charts.use_of(days_of_month(), found.days)
    if may[Inference]:
        sections["times"] = times(sections["periods"], found.days)
        sections["failures"] = failures()
    if may[Feedback]:
        sections["feedback"] = said(may_see_versions=staff_may(user, "view", ModelVersion))
    if may_look(user):
        sections["service"] = {"now": now(), "disk": remembered(disk)}
    return sections


def times(found: Sequence[Period], days: Sequence[Day]) -> dict[str, Any]:
    """Median and 95th percentile: of each stage by period, and of the whole way by day."""
    return {
        "stages": [
            (stage, [median_and_slow(each.times.get(stage, {})) for each in found])
            for stage in reversed(STAGES)
        ],
        "chart": charts.times_of(days_of_month(), days),
        "days": [(each.day, *median_and_slow(each.times.get("total", {}))) for each in days],
    }


def median_and_slow(counts: Mapping[str, float]) -> tuple[float | None, float | None]:
    return percentile(counts, 0.5), percentile(counts, 0.95)


def failures() -> dict[str, Any]:
    """Each number with the list of the answers that it counts."""
    found = remembered(figures.failures)
    path = reverse("admin:predictions_inference_changelist")

    def numbers(of: figures.ByPeriod, **filters: str) -> list[tuple[int, str]]:
        return [
            (number, f"{path}?{urlencode({'status__exact': 'failed', **filters, **since(first)})}")
            for number, first in zip(of, map(first_of, PERIODS), strict=True)
        ]

    return {
        "reasons": [(reason, numbers(of, error=reason)) for reason, of in found.by_reason],
        "others": numbers(found.others) if any(found.others) else None,
        "are_all": found.are_all,
        "looked_at": figures.FAILURES,
    }


def said(*, may_see_versions: bool) -> dict[str, Any]:
    found = remembered(figures.said)

    def version(pk: int | None) -> str:
        if pk is None or not may_see_versions:
            return ""
        return reverse("admin:predictions_modelversion_change", args=[pk])

    def corrections(label: str) -> str:
        filters = {"correct__exact": "0", "predicted_class": label, **since(first_of(MONTH))}
        return f"{reverse('admin:feedback_feedback_changelist')}?{urlencode(filters)}"

    return {
        "verdicts": [(each, version(each.version_id)) for each in found.verdicts],
        "corrected": [(each, corrections(each.label)) for each in found.corrected],
        "are_all": found.are_all,
        "looked_at": figures.JUDGED,
    }
