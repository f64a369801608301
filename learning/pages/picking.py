"""Examples that are in one's history already: picked from it, and taken from what was said."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from feedback.models import Feedback
from learning.corrections import names_in, offered, shown, take
from learning.examples import add_prediction
from learning.pages.taught import Acts
from learning.refusals import TeachingRefused
from predictions import services
from predictions.models import Inference
from predictions.pages.history import HistoryView
from predictions.pages.trash import chosen_in

OFFERED = 48  # on a page
TAKEN_AT_ONCE = 1000


class PickFromHistory(Acts, HistoryView):
    """One's own pictures, to be ticked and given to a class."""

    template_name = "learning/history.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return HistoryView.get(self, request)

    def more_context(self) -> dict[str, Any]:
        classes = list(self.classifier.taught_classes.all())
        return {"classifier": self.classifier, "classes": classes}

    def act(self, request: HttpRequest) -> HttpResponse:
        ids = chosen_in(request)
        if not ids:
            raise TeachingRefused(_("Choose the pictures first."))
        try:
            classes = self.classifier.taught_classes
            taught_class = get_object_or_404(classes, pk=request.POST.get("class"))
        except (ValueError, DataError) as error:
            raise Http404 from error
        # The others wait for an answer, or cannot be read.
        answered = services.history(self.user).filter(inference__status=Inference.Status.DONE)
        added = 0
        for prediction in answered.filter(pk__in=ids):
            add_prediction(self.user, taught_class, prediction)
            added += 1
        says = ngettext(
            "%(number)d picture is an example of %(name)s.",
            "%(number)d pictures are examples of %(name)s.",
            added,
        )
        messages.success(request, says % {"number": added, "name": taught_class})
        return self.back()


class Corrections(Acts):
    """Answers of this classifier that one has corrected or called right, offered as examples."""

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        page = Paginator(offered(self.user, self.classifier), OFFERED).get_page(
            request.GET.get("page")
        )
        names = names_in(self.classifier)
        context = {
            "classifier": self.classifier,
            "page": page,
            "offers": [(said, shown(said, names)) for said in page],
        }
        return render(request, "learning/corrections.html", context)

    def act(self, request: HttpRequest) -> HttpResponse:
        taken = take(self.user, self.classifier, self.chosen())
        says = ngettext("%(number)d picture added.", "%(number)d pictures added.", len(taken))
        messages.success(request, says % {"number": len(taken)})
        return redirect("teach-classifier", self.classifier.name)

    def chosen(self) -> list[Feedback]:
        """Raises Http404, and TeachingRefused."""
        found = offered(self.user, self.classifier)
        if "all" not in self.request.POST:
            try:
                found = found.filter(pk__in=self.request.POST.getlist("said")[:TAKEN_AT_ONCE])
            except (ValueError, DataError) as error:
                raise Http404 from error
        chosen = list(found[:TAKEN_AT_ONCE])
        if not chosen:
            raise TeachingRefused(_("Choose the pictures first."))
        return chosen

    def home(self) -> HttpResponse:
        return redirect("teach-corrections", self.classifier.name)
