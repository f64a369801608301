"""Classify and history, as pages that work without JavaScript."""

from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views import View
from django.views.generic import DetailView, ListView, TemplateView

from accounts.services import user_of
from accounts.throttles import PredictThrottle, wait_seconds
from predictions import services
from predictions.checks import Refused
from predictions.inference.labels import labels
from predictions.models import Inference, Prediction
from predictions.uploads import PictureUpload

WHY_NOT = {
    services.QueueFull: "Too many pictures are waiting. Try again in a few seconds.",
    services.NoModel: "No model is prepared yet. Ask the people who run this service.",
}


class ClassifyView(LoginRequiredMixin, TemplateView):
    template_name = "predictions/classify.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        latest = services.history(user_of(self.request))[:4]
        return super().get_context_data(latest=latest, **kwargs)

    def post(self, request: HttpRequest) -> HttpResponse:
        upload = request.FILES.get("file")
        if upload is None:
            return self.refuse("Choose a picture first.", 400)
        wait = wait_seconds(PredictThrottle(), request)
        if wait is not None:
            return self.refuse(f"That was fast. Wait {wait:.0f} seconds and try again.", 429)
        try:
            prediction = services.request_prediction(user_of(request), cast(PictureUpload, upload))
            services.wait_for_answer(prediction, settings.PREDICT_TIMEOUT)
        except Refused as error:
            return self.refuse(str(error), 400)
        except tuple(WHY_NOT) as error:
            return self.refuse(WHY_NOT[type(error)], 503)
        except services.NotQueued as error:
            prediction = error.prediction  # its page says that it waits
        except Inference.DoesNotExist:
            return redirect("history")
        return redirect(prediction)

    def refuse(self, why: str, status: int) -> HttpResponse:
        messages.error(self.request, why)
        return render(self.request, self.template_name, self.get_context_data(), status=status)


class OwnPredictions(LoginRequiredMixin):
    """One's own; anybody else's are not found."""

    request: HttpRequest

    def get_queryset(self) -> QuerySet[Prediction]:
        return services.history(user_of(self.request))


class HistoryView(OwnPredictions, ListView):
    template_name = "predictions/history.html"
    paginate_by = 24


class PredictionPage(OwnPredictions, DetailView):
    template_name = "predictions/prediction.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(labels=labels(), **kwargs)


class PredictionPicture(OwnPredictions, View):
    def get(self, request: HttpRequest, pk: UUID) -> FileResponse:
        prediction = get_object_or_404(self.get_queryset(), pk=pk)
        return services.picture_response(prediction.image, prediction.image_file_name)


class PredictionDelete(OwnPredictions, View):
    def post(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        get_object_or_404(self.get_queryset(), pk=pk).delete()
        messages.success(request, "Deleted.")
        return redirect("history")
