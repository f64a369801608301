"""One click says that many sure answers are right, and another takes that back."""

from uuid import UUID

from django.contrib.auth.mixins import LoginRequiredMixin
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string

from accounts.services import user_of
from accounts.views import Limited
from feedback import services
from feedback.throttles import FeedbackThrottle
from predictions.classifiers import Classifier
from predictions.confidence import Thresholds
from predictions.services import history

AT_ONCE = 1000


class ConfirmView(LoginRequiredMixin, Limited):
    """Judges the answers of `ids`, separated by commas; the script that asks gets their parts.

    With `correct=yes`, those that the model is sure of and nobody has judged; else it takes back
    what says no more than that they are right, so that a correction made meanwhile is kept.
    """

    throttle_class = FeedbackThrottle

    def get(self, request: HttpRequest) -> HttpResponse:
        """Where a new sign-in returns to after a POST."""
        return redirect("classify")

    @transaction.atomic
    def post(self, request: HttpRequest) -> HttpResponse:
        try:
            ids = [UUID(pk) for pk in request.POST.get("ids", "").split(",")[:AT_ONCE]]
        except ValueError as error:
            raise Http404 from error
        chosen = history(user_of(request)).filter(pk__in=ids)
        if request.POST.get("correct") == "yes":
            answered = Classifier.everything.filter(versions__inference__predictions__in=chosen)
            sure = chosen.filter(Thresholds(answered.distinct()).sure("inference__"))
            changed = list(sure.filter(feedback__isnull=True))
            for prediction in changed:
                services.give_feedback(prediction, correct=True, label="")
        else:
            changed = list(
                chosen.filter(feedback__correct=True, feedback__label="", feedback__feedback="")
            )
            for prediction in changed:
                services.take_back(prediction)
        return JsonResponse(
            {
                str(prediction.pk): render_to_string(
                    "feedback/feedback.html", {"prediction": prediction}, request
                )
                for prediction in changed
            }
        )
