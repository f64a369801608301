"""One verified label: what was decided about a picture, by whom, and the form that changes it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import cached_property

from predictions.classifiers import Classifier
from predictions.models import Image, Inference
from review.decisions import verify
from review.models import Decision
from review.pages import acts
from review.pages.pictures import not_deleted
from review.pages.reviewing import ReviewPage, reviewed
from review.pages.shown import Shown
from review.refusals import ReviewRefused


class LabelPage(ReviewPage):
    """Of pictures that somebody has decided about; others wait in the queues."""

    @cached_property
    def classifier(self) -> Classifier:
        """Raises Http404."""
        return get_object_or_404(reviewed(), name=self.kwargs["name"])

    @cached_property
    def image(self) -> Image:
        """Raises Http404."""
        decided = Decision.objects.filter(classifier=self.classifier).values("image")
        return get_object_or_404(not_deleted().filter(pk__in=decided), pk=self.kwargs["pk"])

    @cached_property
    def shown(self) -> Shown:
        return Shown(self.image, self.classifier, self.inference())

    def inference(self) -> Inference | None:
        """The answer that the last reviewer saw, or else that of the latest version."""
        answers = (
            Inference.objects.filter(
                image=self.image,
                model_version__classifier=self.classifier,
                status=Inference.Status.DONE,
            )
            .select_related("model_version")
            .defer("features")
        )
        decided = Decision.objects.filter(classifier=self.classifier, image=self.image)
        seen = decided.exclude(inference=None).values("inference")[:1]
        return answers.filter(pk__in=seen).first() or answers.order_by("-model_version_id").first()

    def get(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        context = {"shown": self.shown, "classifier": self.classifier}
        return render(request, "review/label.html", context)

    def post(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        try:
            decision = verify(
                self.image,
                self.classifier,
                acts.class_key(request, self.shown.label_set_id),
                self.reviewer,
                queue=Decision.Source.PAGE,
                inference=self.shown.inference,
                request=request,
            )
        except ReviewRefused as error:
            messages.error(request, str(error))
        else:
            messages.success(request, acts.saved(decision))
        return redirect(request.path)
