"""More like this: on a picture's own page among one's own, and among all for staff."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_noop
from django.views import View
from django.views.decorators.cache import never_cache

from accounts.services import user_of
from predictions.classifiers import Classifier
from predictions.models import Image, Inference, Prediction
from predictions.pictures.shown import may_be_shown_pictures
from predictions.querysets import PredictionQuerySet
from predictions.similar.nearest import Neighbour, NotYet, nearest
from predictions.similar.own import similar_to
from predictions.similar.table import NotSupported

SHOWN = 6
# Cosine under which pictures have nothing to do with each other: that of a cat and a rocket is
# 0.13, and one in ten pairs of the waste in docs/performance.md comes to less than this.
LEAST = 0.2
SHOWN_TO_STAFF = 24
WHY = {
    NotSupported: gettext_noop(
        "Similar pictures cannot be found: the database of this site lacks pgvector."
    ),
    NotYet: gettext_noop(
        "Similar pictures cannot be found yet: this picture is from before that was possible."
    ),
}


def own_similar(prediction: Prediction, history: PredictionQuerySet) -> dict[str, Any]:
    """What similar.html shows of a prediction that is answered, or why it cannot."""
    try:
        found = similar_to(prediction, history, SHOWN)
        return {"similar": [each for each in found if each.similarity >= LEAST]}
    except (NotSupported, NotYet) as error:
        return {"similar_lacks": WHY[type(error)]}


class Seen(NamedTuple):
    neighbour: Neighbour
    image: Image
    inference: Inference | None  # of the same classifier


@method_decorator(never_cache, name="dispatch")
class SimilarPage(LoginRequiredMixin, View):
    """Any picture, and those of everybody that are like it, for staff who may be shown them.

    Each is loaded from where the admin has it, which puts it into the audit log.
    """

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if request.user.is_authenticated and not may_be_shown_pictures(request.user):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        image = get_object_or_404(Image, pk=pk)
        inference = self.answers().filter(image=image).order_by("-created_at").first()
        if inference is None:
            raise Http404
        context: dict[str, Any] = {"image": image, "inference": inference}
        try:
            context["seen"] = self.seen(inference, nearest(inference, SHOWN_TO_STAFF))
        except (NotSupported, NotYet) as error:
            context["similar_lacks"] = WHY[type(error)]
        return render(request, "predictions/similar_page.html", context)

    def answers(self) -> QuerySet[Inference]:
        """That people got, of classifiers that this person may ask, too."""
        classifiers = Classifier.objects.open_to(user_of(self.request))
        done = Inference.objects.filter(
            status=Inference.Status.DONE,
            model_version__classifier__in=classifiers,
            predictions__isnull=False,
        )
        return done.select_related("model_version__classifier").defer("features")

    def seen(self, inference: Inference, found: Iterable[Neighbour]) -> list[Seen]:
        images = Image.objects.in_bulk([neighbour.image_id for neighbour in found])
        of_same = self.answers().filter(
            image__in=images, model_version__classifier=inference.model_version.classifier
        )
        latest = of_same.order_by("image_id", "-created_at").distinct("image_id")
        answers = {answer.image_id: answer for answer in latest}
        return [
            Seen(each, images[each.image_id], answers.get(each.image_id))
            for each in found
            if each.similarity >= LEAST
            and each.image_id in images  # or it was deleted at this moment
        ]
