"""Which of one's own predictions an address asks for, and in which order."""

from contextlib import suppress
from datetime import UTC, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.functional import cached_property
from rest_framework.exceptions import ValidationError

from accounts.services import user_of
from foundation.postgresql.replica.reading import alias_for
from predictions import services
from predictions.classifiers import Classifier
from predictions.confidence import Step, Thresholds, steps
from predictions.filters import HistoryFilter
from predictions.pages.orders import NEWEST, ORDERS, Order
from predictions.querysets import PredictionQuerySet
from predictions.registry.choice import known_to

# All else in an address is a filter: where the list begins, in which order and time zone.
PLACE, ORDER, ZONE = "after", "order", "zone"


def zone(name: str) -> tzinfo:
    """The time zone of this name; UTC if it is unknown, as in a browser without scripts."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


class OwnPredictions(LoginRequiredMixin):
    """One's own; anybody else's are not found."""

    request: HttpRequest

    def get_queryset(self) -> PredictionQuerySet:
        return services.history(user_of(self.request))


class Asked(OwnPredictions):
    @property
    def order(self) -> Order:
        return ORDERS.get(self.request.GET.get(ORDER, NEWEST), ORDERS[NEWEST])

    @property
    def zone(self) -> tzinfo:
        return zone(self.request.GET.get(ZONE, ""))

    @cached_property
    def steps(self) -> dict[str, Step]:
        return steps(Thresholds(self.classifiers))

    @cached_property
    def classifiers(self) -> list[Classifier]:
        """Those whose answers there may be here."""
        return list(known_to(user_of(self.request)))

    def filters(self) -> dict[str, str]:
        given = {name: str(value) for name, value in self.request.GET.items()}
        return {
            name: value
            for name, value in given.items()
            if value.strip() and name not in (PLACE, ORDER, ZONE)
        }

    def filtered(self) -> PredictionQuerySet:
        """In no order yet. Raises ValidationError."""
        user = user_of(self.request)
        asked = self.filters()
        predictions = services.history(user).using(alias_for(self.request))
        if wanted := asked.pop("confidence", ""):
            step = self.steps.get(wanted)
            predictions = predictions.filter(step.of("inference__")) if step else predictions
        with suppress(ValueError, OverflowError):  # no date: the filter says so
            if until := parse_date(asked.get("until", "")):
                asked["until"] = str(until + timedelta(days=1))  # people mean that day included
        try:
            with timezone.override(self.zone):  # a day begins where its reader is
                return HistoryFilter(data=asked, context={"user": user}).apply(predictions)
        except OverflowError as error:  # the first or last day there is, which UTC's is not
            raise ValidationError from error
