"""One's own predictions, as pages: found, listed and exported."""

from collections.abc import Iterator
from datetime import date, timedelta, tzinfo
from itertools import groupby
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views import View
from rest_framework.exceptions import ValidationError

from accounts import audit
from accounts.services import user_of
from accounts.views import Limited
from foundation.postgresql.replica.reading import alias_for
from predictions.models import Inference, Prediction
from predictions.pages import export
from predictions.pages.asked import PLACE, Asked, OwnPredictions
from predictions.pages.orders import ORDERS, TIME, Place
from predictions.registry.choice import title_of
from predictions.throttles import ExportThrottle

ON_A_PAGE = 24
COUNTED = 10_000  # more are not counted: a page is to come as fast for those who have a million
TILES_AT_ONCE = 50


class Group(NamedTuple):
    """Pictures of a day; of any, if they are not in the order of time."""

    day: date | None
    title: str
    predictions: list[Prediction]


def by_day(predictions: list[Prediction], zone: tzinfo) -> Iterator[Group]:
    today = timezone.localdate(timezone=zone)
    titles = {today: _("Today"), today - timedelta(days=1): _("Yesterday")}
    days = groupby(predictions, lambda found: found.created_at.astimezone(zone).date())
    for day, found in days:
        yield Group(day, titles.get(day) or date_format(day), list(found))


class HistoryView(Asked, View):
    template_name = "predictions/history.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        asked = request.GET.copy()
        place = asked.pop(PLACE, [""])[-1]
        places: list[Place] = []
        count, status = None, 200
        try:
            begin = self.order.read(place) if place else None
            predictions = self.filtered()
            places = self.order.places(predictions, begin, ON_A_PAGE + 1)
            if begin is None:
                count = predictions.order_by()[: COUNTED + 1].count()
        except ValidationError:
            status = 400
            messages.error(request, _("These filters contradict each other. Change them below."))
        except ValueError as error:  # a made-up place
            raise Http404 from error
        shown = self.predictions_at(places[:ON_A_PAGE])
        is_dated = self.order.key is TIME
        context = {
            "groups": by_day(shown, self.zone) if is_dated else [Group(None, "", shown)],
            "predictions": shown,
            "count": count,
            "counted": COUNTED,
            "asked": asked,
            "query": asked.urlencode(),
            "filters": len(self.filters().keys() - {"search"}),
            "is_filtered": bool(self.filters()),
            "following": str(places[ON_A_PAGE - 1]) if len(places) > ON_A_PAGE else None,
            "place": place,
            "statuses": Inference.Status.choices,
            "steps": self.steps,
            "classifiers": {each.name: title_of(request, each) for each in self.classifiers},
            "orders": {key: order.label for key, order in ORDERS.items()},
            **self.more_context(),
        }
        return render(request, self.template_name, context, status=status)

    def more_context(self) -> dict[str, Any]:
        """For a page that lists one's pictures for another purpose."""
        return {}

    def predictions_at(self, places: list[Place]) -> list[Prediction]:
        """With all that is shown of them, but for what was deleted meanwhile."""
        rows = self.get_queryset().using(alias_for(self.request)).prefetch_related("feedback")
        found = rows.in_bulk([pk for _, pk in places])
        return [found[pk] for _, pk in places if pk in found]


class TilesView(OwnPredictions, View):
    """The tiles of these pictures, which had no answer yet when their page was sent."""

    def get(self, request: HttpRequest) -> HttpResponse:
        try:
            ids = [UUID(pk) for pk in request.GET.getlist("id")[:TILES_AT_ONCE]]
        except ValueError as error:
            raise Http404 from error
        found = self.get_queryset().filter(pk__in=ids).prefetch_related("feedback")
        return render(request, "predictions/grid.html", {"predictions": found, "verdicts": True})


class ExportView(Asked, Limited):
    """The same predictions as a file."""

    throttle_class = ExportThrottle
    counted_methods = {"GET", "HEAD", "POST"}

    FORMATS = {"csv": (export.as_csv, "text/csv"), "json": (export.as_json, "application/json")}

    def get(self, request: HttpRequest, kind: str) -> StreamingHttpResponse | HttpResponse:
        try:
            return self.export(request, kind, self.order.after(self.filtered()))
        except ValidationError:
            return redirect("history")

    def post(self, request: HttpRequest, kind: str) -> StreamingHttpResponse:
        """Only the pictures of `ids`, separated by commas: many would be too long an address."""
        try:
            ids = [UUID(pk) for pk in request.POST.get("ids", "").split(",")]
        except ValueError as error:
            raise Http404 from error
        return self.export(request, kind, self.get_queryset().filter(pk__in=ids))

    def export(
        self, request: HttpRequest, kind: str, predictions: QuerySet[Prediction]
    ) -> StreamingHttpResponse:
        write, content_type = self.FORMATS[kind]
        user = user_of(request)
        audit.record(
            audit.Action.EXPORTED, request, actor=user, target=user, detail={"format": kind}
        )
        response = StreamingHttpResponse(
            write(export.rows(predictions)), content_type=f"{content_type}; charset=utf-8"
        )
        name = f"predictions-{timezone.localdate()}.{kind}"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        response["Cache-Control"] = "private, no-store"
        return response
