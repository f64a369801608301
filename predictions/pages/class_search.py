"""Classes suggested for what a person types, for the search on the pages."""

from django.contrib.auth.mixins import LoginRequiredMixin
from django.db import DataError
from django.http import Http404, HttpRequest, JsonResponse
from django.utils.translation import get_language

from accounts.models import User
from accounts.services import user_of
from accounts.views import Limited
from foundation.web.throttles import ReadThrottle
from predictions.classifiers import Classifier
from predictions.labels.vocabulary import Vocabulary
from predictions.models import Prediction
from predictions.registry.vocabularies import IMAGENET, vocabulary_of

MOST = 8


class ClassSearch(LoginRequiredMixin, Limited):
    raise_exception = True
    throttle_class = ReadThrottle
    counted_methods = {"GET"}

    def get(self, request: HttpRequest) -> JsonResponse:
        """The address says the language, so that a browser's cache keeps languages apart.

        `labels`: the label set whose classes are meant; ImageNet's unless told.
        """
        language = request.GET.get("language") or get_language() or ""
        found = vocabulary(request).find(request.GET.get("q", ""), language)[:MOST]
        suggestions = [{"name": choice.name, "about": choice.about} for choice in found]
        response = JsonResponse(suggestions, safe=False)
        response["Cache-Control"] = "private, max-age=86400"
        return response


def vocabulary(request: HttpRequest) -> Vocabulary:
    """Raises Http404, also for classes of which this person cannot know."""
    asked = request.GET.get("labels")
    if asked is None:
        return IMAGENET
    try:
        label_set_id = int(asked)
        if may_know(user_of(request), label_set_id):
            return vocabulary_of(label_set_id)
    except (ValueError, DataError) as error:
        raise Http404 from error
    raise Http404


def may_know(user: User, label_set_id: int) -> bool:
    """Whether a classifier with these classes is open to a person, or they have answers of it."""
    opened = Classifier.objects.open_to(user).filter(versions__label_set=label_set_id)
    if opened.exists():
        return True
    answers = Prediction.objects.filter(user=user)
    return answers.filter(inference__model_version__label_set=label_set_id).exists()
