"""One's own predictions, as pages: found, shown, exported and deleted."""

from contextlib import suppress
from datetime import UTC, timedelta, tzinfo
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views import View
from django.views.generic import DetailView
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request

from accounts import audit
from accounts.services import user_of
from accounts.views import Limited
from foundation.web.pagination import NewestFirst
from predictions import services
from predictions.confidence import steps
from predictions.filters import HistoryFilter
from predictions.models import Inference, Prediction
from predictions.pages import export
from predictions.pictures.responses import picture_response, thumbnail_response
from predictions.pictures.thumbnails import WIDTHS
from predictions.queueing import queue
from predictions.throttles import ExportThrottle

DELETE_AT_ONCE = 1000


def zone(name: str) -> tzinfo:
    """The time zone of this name; UTC if it is unknown, as in a browser without scripts."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


class OwnPredictions(LoginRequiredMixin):
    """One's own; anybody else's are not found."""

    request: HttpRequest

    def get_queryset(self) -> QuerySet[Prediction]:
        return services.history(user_of(self.request))

    def filtered(self) -> QuerySet[Prediction]:
        """Raises ValidationError."""
        given = {name: str(value) for name, value in self.request.GET.items()}
        asked = {name: value for name, value in given.items() if value.strip()}
        if step := steps().get(asked.pop("confidence", "")):
            scores = {"min_score": step.least, "max_score": step.below}
            asked |= {name: str(score) for name, score in scores.items() if score is not None}
        with suppress(ValueError, OverflowError):  # no date: the filter says so
            if until := parse_date(asked.get("until", "")):
                asked["until"] = str(until + timedelta(days=1))  # people mean that day included
        try:
            with timezone.override(zone(asked.pop("zone", ""))):  # a day begins where its reader is
                return HistoryFilter(data=asked).apply(self.get_queryset())
        except OverflowError as error:  # the first or last day there is, which UTC's is not
            raise ValidationError from error


class HistoryPages(NewestFirst):
    page_size = 24
    page_size_query_param = ""
    cursor_query_param = "before"

    def get_page_size(self, request: Request) -> int:
        return self.page_size

    def next_cursor(self) -> str | None:
        """The value of `before` for the next page; None on the last."""
        link = self.get_next_link()
        return parse_qs(urlsplit(link).query)[self.cursor_query_param][0] if link else None


class HistoryView(OwnPredictions, View):
    def get(self, request: HttpRequest) -> HttpResponse:
        asked = request.GET.copy()
        place = asked.pop(HistoryPages.cursor_query_param, [""])[-1]
        pages, found, status = HistoryPages(), [], 200
        try:
            found = pages.paginate_queryset(self.filtered(), Request(request)) or []
        except ValidationError:
            status = 400
            messages.error(request, _("These filters contradict each other. Change them below."))
        except NotFound as error:
            raise Http404 from error
        context = {
            "predictions": found,
            "asked": asked,
            "query": asked.urlencode(),
            "is_filtered": any(
                str(value).strip() for name, value in asked.items() if name != "zone"
            ),
            "following": pages.next_cursor() if found else None,
            "place": place,
            "statuses": Inference.Status.choices,
            "steps": steps(),
        }
        return render(request, "predictions/history.html", context, status=status)


class ExportView(OwnPredictions, Limited):
    """The same predictions as a file."""

    throttle_class = ExportThrottle
    counted_methods = {"GET", "HEAD"}

    FORMATS = {"csv": (export.as_csv, "text/csv"), "json": (export.as_json, "application/json")}

    def get(self, request: HttpRequest, kind: str) -> StreamingHttpResponse | HttpResponse:
        write, content_type = self.FORMATS[kind]
        try:
            predictions = self.filtered()
        except ValidationError:
            return redirect("history")
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


class DeleteView(OwnPredictions, View):
    """Asks first, then deletes: one picture or many."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Where signing in again, or another language, leads back to after a POST."""
        return redirect("history")

    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            ids = [UUID(pk) for pk in request.POST.getlist("id")[:DELETE_AT_ONCE]]
        except ValueError as error:
            raise Http404 from error
        chosen = self.get_queryset().filter(pk__in=ids)
        if not ids:
            messages.error(request, _("Choose the pictures to delete first."))
            return redirect("history")
        if not chosen.exists():
            messages.error(request, _("These pictures no longer exist."))
            return redirect("history")
        if "confirmed" not in request.POST:
            return render(request, "predictions/delete.html", {"predictions": chosen})
        number = chosen.count()
        for prediction in chosen:  # one by one: a picture goes with its last prediction
            prediction.delete()
        messages.success(
            request,
            ngettext("%(number)d picture deleted.", "%(number)d pictures deleted.", number)
            % {"number": number},
        )
        return redirect("history")


class PredictionPage(OwnPredictions, DetailView):
    template_name = "predictions/prediction.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        inference = self.object.inference
        ahead = None
        if not inference.is_finished:
            ahead = queue.ahead_of([inference.job_id]).get(inference.job_id)
        return super().get_context_data(ahead=ahead, **kwargs)


class PictureView(OwnPredictions, View):
    def get(self, request: HttpRequest, pk: UUID) -> FileResponse:
        prediction = get_object_or_404(self.get_queryset(), pk=pk)
        return picture_response(prediction.image, prediction.image_file_name)


class ThumbnailView(OwnPredictions, View):
    def get(self, request: HttpRequest, pk: UUID, width: int) -> FileResponse:
        answered = self.get_queryset().filter(inference__status=Inference.Status.DONE)
        prediction = get_object_or_404(answered, pk=pk)
        if width not in WIDTHS:
            raise Http404
        return thumbnail_response(prediction.image, width)
