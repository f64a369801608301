"""One picture of one's own history, as a page and as a file."""

from contextlib import suppress
from pathlib import PurePath
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views import View
from django.views.generic import DetailView
from rest_framework.exceptions import ValidationError

from accounts.services import user_of
from predictions import consent, services
from predictions.models import Inference, Prediction
from predictions.pages.asked import Asked, OwnPredictions
from predictions.pages.classify import NotAccepted, accept
from predictions.pages.orders import Place
from predictions.pages.similar import own_similar
from predictions.pictures.responses import picture_response, shown_response, thumbnail_response
from predictions.pictures.shown import may_be_shown_pictures
from predictions.pictures.thumbnails import WIDTHS
from predictions.pictures.uploads import PictureUpload
from predictions.querysets import PredictionQuerySet
from predictions.queueing import queue
from predictions.refusals import NoModel
from predictions.registry import routing


class PredictionPage(Asked, DetailView):
    """With those before and after it in the list that its address asks for."""

    template_name = "predictions/prediction.html"

    def get_queryset(self) -> PredictionQuerySet:
        return self.order.keyed(super().get_queryset())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        inference = self.object.inference
        ahead = None
        if not inference.is_finished:
            ahead = queue.ahead_of([inference.job_id]).get(inference.job_id)
        if inference.status == Inference.Status.DONE:
            kwargs |= own_similar(self.object, services.history(user_of(self.request)))
            if may_be_shown_pictures(self.request.user):
                kwargs["among_all"] = self.object.image_id
        return super().get_context_data(
            ahead=ahead,
            asks_for_consent=consent.asked(),
            expires_after=settings.RETENTION_DAYS,
            is_of_another_version=self.is_of_another_version(),
            query=self.request.GET.urlencode(),
            previous=self.neighbour(backwards=True),
            following=self.neighbour(),
            **kwargs,
        )

    def is_of_another_version(self) -> bool:
        """Than the one that would answer this person now."""
        version = self.object.inference.model_version
        roles = routing.read_roles(version.classifier)
        if version.classifier.deleted_at or not roles.are_open_to(user_of(self.request)):
            return False
        with suppress(NoModel):
            return roles.version_for(self.object.user_id) != version
        return False

    def neighbour(self, *, backwards: bool = False) -> UUID | None:
        try:
            others = self.order.after(self.filtered(), Place.of(self.object), backwards=backwards)
        except ValidationError:
            return None
        return others.values_list("pk", flat=True).first()


class PictureView(OwnPredictions, View):
    """Shown, or with `?download` offered under the name that it had."""

    def get(self, request: HttpRequest, pk: UUID) -> HttpResponseBase:
        prediction = get_object_or_404(self.get_queryset(), pk=pk)
        if "download" not in request.GET:
            return shown_response(prediction.image, prediction.image_file_name)
        return picture_response(prediction.image, name_of(prediction), as_attachment=True)


def name_of(prediction: Prediction) -> str:
    """As the person's file was called; with an ending, so that a program opens it."""
    name, image = prediction.file_name, prediction.image
    return name if PurePath(name).suffix else f"{name}{image.FILE_ENDINGS[image.format]}"


class ThumbnailView(OwnPredictions, View):
    def get(self, request: HttpRequest, pk: UUID, width: int) -> HttpResponseBase:
        answered = self.get_queryset().filter(inference__status=Inference.Status.DONE)
        prediction = get_object_or_404(answered, pk=pk)
        if width not in WIDTHS:
            raise Http404
        return thumbnail_response(prediction.image, width)


class ConsentView(OwnPredictions, View):
    """Agrees that a picture is used to improve the service, or takes that back."""

    def get(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Where signing in again leads back to after a POST."""
        return redirect("prediction-page", pk)

    def post(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        prediction = get_object_or_404(self.get_queryset(), pk=pk)
        consent.change(prediction, agreed=consent.FIELD in request.POST)
        return redirect(prediction)


class KeepView(OwnPredictions, View):
    """Has a picture kept beyond RETENTION_DAYS, or no longer."""

    def get(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Where signing in again leads back to after a POST."""
        return redirect("prediction-page", pk)

    def post(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        prediction = get_object_or_404(self.get_queryset(), pk=pk)
        prediction.keep_picture = "keep" in request.POST
        prediction.save(update_fields=["keep_picture"])
        return redirect(prediction)


class AskAgainView(OwnPredictions, View):
    """Sends a picture once more, to the version of its classifier that answers now."""

    def get(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Where signing in again leads back to after a POST."""
        return redirect("prediction-page", pk)

    def post(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        prediction = get_object_or_404(self.get_queryset(), pk=pk)
        try:
            with prediction.image.file.open("rb") as file:
                upload = PictureUpload.of(file.read(), prediction.file_name)
            classifier = prediction.inference.model_version.classifier.name
            again = accept(
                request,
                upload,
                classifier=classifier,
                may_improve=prediction.may_improve,
                waits=True,
            )
            services.wait_for_answer(again, settings.PREDICT_TIMEOUT)
        except FileNotFoundError:
            messages.error(request, _("The file of this picture is lost. Send it again."))
            return redirect(prediction)
        except NotAccepted as error:
            messages.error(request, str(error))
            return redirect(prediction)
        except services.NotQueued as error:  # its page says that it waits
            again = error.prediction
        except Inference.DoesNotExist:
            return redirect("history")
        return redirect(again)
