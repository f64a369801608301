"""Feedback on the page of a prediction."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views import View

from accounts.services import user_of
from feedback import services
from feedback.forms import FeedbackForm
from predictions.models import Inference
from predictions.services import history


class GiveFeedback(LoginRequiredMixin, View):
    def post(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        prediction = get_object_or_404(
            history(user_of(request)), pk=pk, inference__status=Inference.Status.DONE
        )
        form = FeedbackForm(request.POST)
        if form.is_valid():
            services.give_feedback(
                prediction,
                correct=form.cleaned_data["correct"],
                label=form.cleaned_data["label"],
                text=form.cleaned_data["feedback"],
            )
            messages.success(request, "Thank you. Your feedback is saved.")
        else:
            for field, errors in form.errors.items():
                messages.error(request, f"{field}: {errors[0]}")
        return redirect(prediction)
