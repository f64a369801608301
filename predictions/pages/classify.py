"""Classifying, as pages; what JavaScript asks for on them are parts of the same pages."""

from contextlib import suppress
from math import ceil
from threading import BoundedSemaphore
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views import View
from django.views.generic import TemplateView

from accounts.services import user_of
from foundation.web.throttles import wait_seconds
from predictions import consent, services
from predictions.classifiers import DEFAULT
from predictions.models import Inference, Prediction
from predictions.pages import example
from predictions.pictures.checks import Refused
from predictions.pictures.uploads import PictureUpload
from predictions.queueing import queue
from predictions.refusals import NotTaken
from predictions.registry.choice import chosen, classifiers_of, remember
from predictions.registry.naming import UnknownVersion
from predictions.registry.routing import UnknownClassifier
from predictions.throttles import PredictThrottle

CARDS_AT_ONCE = 50
RETRY_SECONDS = 5
CARD_SECONDS = 3  # a request waits for its first answer; then the page may show how the rest moves


class NotAccepted(Exception):
    """A picture was not recorded: the message that says why, and the HTTP status."""

    def __init__(self, why: str, status: int, wait: int | None = None) -> None:
        super().__init__(why)
        self.status = status
        self.wait = wait  # seconds after which it may be tried again


def accept(
    request: HttpRequest,
    upload: PictureUpload,
    *,
    classifier: str | None = None,
    version: int | None = None,
    may_improve: bool | None = None,
    waits: bool = False,
) -> Prediction:
    """Records one picture that a page sends; see services.request_prediction.

    Unless a classifier is given, the form names it, and it is remembered for the next form. So is
    `may_improve`.
    `version`: the id of the one that answers, whatever its role.

    Raises:
        NotAccepted
        NotQueued: it is kept, and its page says that it waits.
    """
    wait = wait_seconds(PredictThrottle(), request)
    if wait is not None:
        seconds = ceil(wait)
        why = ngettext(
            "Too many requests. Wait a second and try again.",
            "Too many requests. Wait %(seconds)d seconds and try again.",
            seconds,
        )
        raise NotAccepted(why % {"seconds": seconds}, 429, seconds)
    name = classifier or request.POST.get("model", DEFAULT)
    try:
        prediction = services.request_prediction(
            user_of(request),
            upload,
            waits=waits,
            strip_metadata="without_metadata" in request.POST,
            may_improve=consent.of_form(request) if may_improve is None else may_improve,
            classifier=name,
            version=version,
        )
    except (UnknownClassifier, UnknownVersion) as error:
        why = _("This classifier no longer exists. Reload the page and choose another.")
        raise NotAccepted(why, 404) from error
    except Refused as error:
        raise NotAccepted(str(error), 413 if error.too_large else 400) from error
    except NotTaken as error:
        wait = error.retry_after if error.passes_by_itself else 0
        raise NotAccepted(_(error.on_page), error.status, wait) from error
    if classifier is None:
        remember(request, name)
    if may_improve is None:
        consent.remember(request, prediction)
    return prediction


class ClassifyView(TemplateView):
    """The form, which takes several pictures; strangers are told what this is instead."""

    template_name = "predictions/classify.html"
    takes_uploads = True

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            return super().get(request, *args, **kwargs)
        return render(request, "predictions/landing.html", {"prediction": example.find_example()})

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        latest = services.history(user_of(self.request))[:6]
        return super().get_context_data(
            latest=latest,
            most=settings.MAX_FILE_BYTES,
            classifiers=classifiers_of(self.request),
            chosen=chosen(self.request),
            consent=consent.offered(self.request),
            retention_days=settings.RETENTION_DAYS,
            **kwargs,
        )

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect("login")
        uploads = cast(list[PictureUpload], request.FILES.getlist("file"))
        if not uploads:
            return self.refuse(_("Choose a picture first."), 400)
        accepted: list[Prediction] = []
        status, queued = 400, True
        for upload in uploads:
            try:
                accepted.append(self.accept(request, upload, waits=not uploads[1:]))
            except services.NotQueued as error:
                accepted.append(error.prediction)
                queued = False
            except NotAccepted as error:
                status = error.status
                messages.error(request, f"{upload.name}: {error}" if uploads[1:] else str(error))
        if not accepted:
            return self.refuse(None, status)
        if uploads[1:]:
            messages.success(request, _("Pictures received. Answers appear as they arrive."))
            return redirect("history")
        if queued:
            try:
                services.wait_for_answer(accepted[0], settings.PREDICT_TIMEOUT)
            except services.NotQueued:
                pass  # the page of the prediction says that it waits
            except Inference.DoesNotExist:
                return redirect("history")
        return redirect(accepted[0])

    def accept(self, request: HttpRequest, upload: PictureUpload, *, waits: bool) -> Prediction:
        """Raises what `accept` raises."""
        return accept(request, upload, waits=waits)

    def refuse(self, why: str | None, status: int) -> HttpResponse:
        if why:
            messages.error(self.request, why)
        return render(self.request, self.template_name, self.get_context_data(), status=status)


class CardsView(LoginRequiredMixin, View):
    """One picture in, its card out; and the cards of those that were waiting."""

    raise_exception = True
    takes_uploads = True

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        upload = request.FILES.get("file")
        if upload is None:
            return HttpResponse(_("Choose a picture first."), status=400)
        try:
            prediction = self.accept(request, cast(PictureUpload, upload))
        except services.NotQueued as error:
            prediction = error.prediction
        except NotAccepted as error:
            headers = {"Retry-After": str(error.wait)} if error.wait else None
            return HttpResponse(
                str(error), status=error.status, content_type="text/plain", headers=headers
            )
        return JsonResponse(cards(request, [prediction]), status=201)

    def accept(self, request: HttpRequest, upload: PictureUpload) -> Prediction:
        """Raises what `accept` raises."""
        return accept(request, upload)

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Waits until the first of them has an answer. Those deleted meanwhile are left out."""
        ids = [UUID(pk) for pk in request.GET.getlist("id")[:CARDS_AT_ONCE] if is_uuid(pk)]
        wanted = services.history(user_of(request)).filter(pk__in=ids)
        found = list(wanted)
        unfinished = [prediction for prediction in found if not prediction.inference.is_finished]
        if unfinished and len(unfinished) == len(found):
            with suppress(Inference.DoesNotExist, services.NotQueued):
                # The one that was asked first.
                services.wait_for_answer(unfinished[-1], CARD_SECONDS)
            found = list(wanted.all())  # asked again; `wanted` keeps what it found
        return JsonResponse(cards(request, found))


def cards(request: HttpRequest, predictions: list[Prediction]) -> dict[str, Any]:
    """For each prediction, whether it is finished, and its card's content."""
    waiting = [p.inference.job_id for p in predictions if not p.inference.is_finished]
    ahead = queue.ahead_of(waiting) if waiting else {}
    return {
        str(prediction.pk): {
            "finished": prediction.inference.is_finished,
            "html": render_to_string(
                "predictions/card.html",
                {"prediction": prediction, "ahead": ahead.get(prediction.inference.job_id)},
                request,
            ),
        }
        for prediction in predictions
    }


def is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


class ExampleView(View):
    """The example's answer, for who has no account yet."""

    takes_uploads = True
    waiting = BoundedSemaphore(2)

    def get(self, request: HttpRequest) -> HttpResponse:
        return redirect("classify")

    def post(self, request: HttpRequest) -> HttpResponseBase:
        try:
            prediction = example.request_example()
            # Strangers take two threads at most, however long the answer takes.
            if not prediction.inference.is_finished and self.waiting.acquire(blocking=False):
                try:
                    services.wait_for_answer(prediction, RETRY_SECONDS)
                finally:
                    self.waiting.release()
            if not prediction.inference.is_finished:
                messages.error(request, _("Still processing. Check again in a moment."))
        except NotTaken as error:
            messages.error(request, _(error.on_page))
        except services.NotQueued:
            messages.error(request, _("Still processing. Check again in a moment."))
        return redirect("classify")
