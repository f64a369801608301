"""Training: started, watched, cancelled, and what came of it."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from learning import queue, trainings
from learning.models import Training
from learning.pages.curve import Curve
from learning.pages.result import (
    SUSPECTS,
    confusion_of,
    doubts,
    hardest,
    names_of,
    outcomes_with_pictures,
    suspects,
)
from learning.pages.taught import Acts, OfTraining
from predictions.registry.roles import champion_of, last_promotion

ON_A_PAGE = 48


class Train(Acts):
    def act(self, request: HttpRequest) -> HttpResponse:
        deeper = "deeper" in request.POST
        return redirect(trainings.start(self.user, self.classifier, deeper=deeper))

    def back(self) -> HttpResponse:
        """To the one that is not finished, if there is: the button was pressed twice, say."""
        unfinished = self.classifier.trainings.filter(status__in=Training.UNFINISHED).first()
        return redirect(unfinished) if unfinished else super().back()


class TrainingPage(OfTraining):
    """How far it is, or what came of it."""

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        training = self.training
        context = {
            "classifier": self.classifier,
            "training": training,
            "no_worker": training.is_unfinished and queue.has_worker() is False,
        }
        if training.status == training.Status.DONE:
            context |= self.result()
        return render(request, "learning/training.html", context)

    def result(self) -> dict[str, Any]:
        training = self.training
        names = names_of(training)
        in_use = champion_of(self.classifier)
        return {
            "figures": training.figures,
            "names": names,
            "rows": confusion_of(training, names),
            "suspects": doubts(training, suspects(training)[:SUSPECTS], names),
            "hardest": doubts(training, hardest(training), names),
            "curve": Curve.of(training.figures),
            "in_use": in_use,
            "is_in_use": in_use is not None and in_use == training.version,
            "compared_with": self.compared_with(),
            "can_roll_back": last_promotion(self.classifier) is not None,
        }

    def compared_with(self) -> Any:
        """The training whose version was in use."""
        pk = self.training.comparison.get("with")
        found = pk and self.classifier.trainings.filter(version=pk).order_by("created_at").first()
        if found:
            found.classifier = self.classifier
        return found


class CancelTraining(Acts, OfTraining):
    def act(self, request: HttpRequest) -> HttpResponse:
        if self.training.cancel():
            messages.success(request, _("Cancelled."))
        return redirect(self.training)


class CellPage(OfTraining):
    """The pictures behind one cell of the confusion matrix."""

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        training, names = self.training, names_of(self.training)
        truth, said = request.GET.get("truth", ""), request.GET.get("said", "")
        if truth not in names or said not in names:
            return redirect(training)
        outcomes = outcomes_with_pictures(training).filter(truth=truth, said=said)
        page = Paginator(outcomes, ON_A_PAGE).get_page(request.GET.get("page"))
        query = request.GET.copy()
        query.pop("page", None)
        context = {
            "classifier": self.classifier,
            "training": training,
            "truth": names[truth],
            "said": names[said],
            "is_right": truth == said,
            "page": page,
            "query": query.urlencode(),
            "doubts": doubts(training, list(page), names),
        }
        return render(request, "learning/cell.html", context)
