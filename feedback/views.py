"""Feedback on an answer: given, changed and withdrawn."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts.services import user_of
from accounts.views import Limited
from feedback import services
from feedback.forms import FeedbackForm
from feedback.throttles import FeedbackThrottle
from predictions.models import Inference
from predictions.registry.vocabularies import vocabulary_of
from predictions.services import history


class GiveFeedback(LoginRequiredMixin, Limited):
    """Responds to a form with the page of the prediction, and to a script with the part that
    changes.
    """

    throttle_class = FeedbackThrottle

    def get(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Where a new sign-in returns to after a POST."""
        return redirect("prediction-page", pk=pk)

    def post(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        prediction = get_object_or_404(
            history(user_of(request)), pk=pk, inference__status=Inference.Status.DONE
        )
        labels = prediction.inference.model_version.label_set_id
        form = FeedbackForm(request.POST, vocabulary_of(labels))
        part = request.headers.get("X-Requested-With") == "fetch"
        if not form.is_valid():
            why = str(next(iter(form.errors.values()))[0])
            if part:
                return HttpResponse(why, status=400, content_type="text/plain")
            messages.error(request, why)
        elif form.cleaned_data["correct"] is None:
            services.take_back(prediction)
            if not part:
                messages.success(request, _("Feedback withdrawn."))
        else:
            services.give_feedback(
                prediction,
                correct=form.cleaned_data["correct"],
                label=form.cleaned_data["label"],
                text=form.cleaned_data["feedback"] if "feedback" in request.POST else None,
            )
            if not part:
                messages.success(request, _("Thank you for your feedback."))
        if part:
            return render(request, "feedback/feedback.html", {"prediction": prediction})
        return redirect(prediction)
