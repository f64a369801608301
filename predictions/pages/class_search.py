"""Classes suggested for what a person types, for the search on the pages."""

from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, JsonResponse
from django.utils.translation import get_language

from accounts.views import Limited
from foundation.web.throttles import ReadThrottle
from predictions.labels.search import find
from predictions.labels.words import ClassWords

MOST = 8


class ClassSearch(LoginRequiredMixin, Limited):
    raise_exception = True
    throttle_class = ReadThrottle
    counted_methods = {"GET"}

    def get(self, request: HttpRequest) -> JsonResponse:
        """The address says the language, so that a browser's cache keeps languages apart."""
        language = request.GET.get("language") or get_language() or ""
        found = find(request.GET.get("q", ""), language)[:MOST]
        response = JsonResponse([suggestion(words, language) for words in found], safe=False)
        response["Cache-Control"] = "private, max-age=86400"
        return response


def suggestion(words: ClassWords, language: str) -> dict[str, str]:
    """A name, and what tells people whether they mean it. Glosses are in English only."""
    name = words.names(language).name
    return {
        "name": name,
        "about": words.gloss if name == words.english.name else words.english.name,
    }
