"""The orders of the history, and the places in them from which a page goes on."""

from collections.abc import Callable
from datetime import datetime
from math import isfinite
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import F, Q
from django.db.models.expressions import Combinable
from django.db.models.functions import Lower
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from predictions.models import Prediction
from predictions.querysets import PredictionQuerySet, certainty


class Place(NamedTuple):
    """Between two pictures: right behind the one that is sorted by this key."""

    key: Any
    pk: UUID

    @classmethod
    def of(cls, prediction: Prediction) -> "Place":
        """Of a prediction from `Order.keyed`."""
        return cls(prediction.key, prediction.pk)  # type: ignore[attr-defined]

    def __str__(self) -> str:
        key = self.key.isoformat() if isinstance(self.key, datetime) else self.key
        return f"{key}~{self.pk}"


class Order(NamedTuple):
    label: Promise
    key: Combinable  # never null; those with equal keys are in the order of their ids
    descending: bool
    read_key: Callable[[str], Any]  # raises ValueError

    def read(self, text: str) -> Place:
        """A place as `Place.__str__` writes it. Raises ValueError."""
        key, _, pk = text.rpartition("~")
        return Place(self.read_key(key), UUID(pk))

    def keyed(self, predictions: PredictionQuerySet) -> PredictionQuerySet:
        keyed: PredictionQuerySet = predictions.annotate(key=self.key)
        return keyed

    def places(
        self, predictions: PredictionQuerySet, begin: Place | None, number: int
    ) -> list[Place]:
        """The first places after one. Sorting ids alone, PostgreSQL reads no answers for it."""
        found: Any = self.after(predictions, begin)
        return [Place(*row) for row in found.values_list("key", "pk")[:number]]

    def after(
        self,
        predictions: PredictionQuerySet,
        place: Place | None = None,
        *,
        backwards: bool = False,
    ) -> PredictionQuerySet:
        """Those that follow in this order; backwards, those before, the nearest first."""
        falling = self.descending != backwards
        found = self.keyed(predictions)
        if place is not None:
            beyond = "lt" if falling else "gt"
            # The first condition is all that an index needs.
            found = found.filter(
                Q(**{f"key__{beyond}e": place.key}),
                Q(**{f"key__{beyond}": place.key}) | Q(**{f"pk__{beyond}": place.pk}),
            )
        sign = "-" if falling else ""
        return found.order_by(f"{sign}key", f"{sign}pk")


def read_time(text: str) -> datetime:
    time = parse_datetime(text)
    if time is None or time.tzinfo is None:
        raise ValueError(text)
    return time


def read_certainty(text: str) -> float:
    if not isfinite(certainty := float(text)):
        raise ValueError(text)
    return certainty


def read_name(text: str) -> str:
    if "\0" in text:  # PostgreSQL has no such text
        raise ValueError(text)
    return text


TIME, CERTAINTY, NAME = F("created_at"), certainty("inference__score"), Lower("file_name")
NEWEST = "newest"
ORDERS = {
    NEWEST: Order(_("newest first"), TIME, True, read_time),
    "oldest": Order(_("oldest first"), TIME, False, read_time),
    "surest": Order(_("surest first"), CERTAINTY, True, read_certainty),
    "unsure": Order(_("unsure first"), CERTAINTY, False, read_certainty),
    "name": Order(_("by file name"), NAME, False, read_name),
}
