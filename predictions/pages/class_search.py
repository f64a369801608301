"""Classes suggested for what a person types, for the search on the pages."""

from django.contrib.auth.mixins import LoginRequiredMixin
from django.db import DataError
from django.http import Http404, HttpRequest, JsonResponse
from django.utils.translation import get_language

from accounts.views import Limited
from foundation.web.throttles import ReadThrottle
from predictions.classifiers import LabelSet
from predictions.labels.vocabulary import Vocabulary
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
    """Raises Http404."""
    asked = request.GET.get("labels")
    if asked is None:
        return IMAGENET
    try:
        return vocabulary_of(int(asked))
    except (ValueError, DataError, LabelSet.DoesNotExist) as error:
        raise Http404 from error
