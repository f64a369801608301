"""A trained version is tried, comes into use, and makes room for the one before."""

from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from learning.pages.taught import Acts, OfTraining
from predictions import consent
from predictions.classifiers import ModelVersion
from predictions.models import Prediction
from predictions.pages.classify import CardsView, ClassifyView, accept
from predictions.pictures.uploads import PictureUpload


class OfVersion(OfTraining):
    """Of a training that came to a version."""

    @property
    def version(self) -> ModelVersion:
        """Raises Http404."""
        if self.training.version is None:
            raise Http404
        self.training.version.classifier = self.classifier
        return self.training.version

    def take(self, upload: PictureUpload, *, waits: bool = False) -> Prediction:
        """Raises what `accept` raises."""
        return accept(
            self.request,
            upload,
            classifier=self.classifier.name,
            version=self.version.pk,
            waits=waits,
        )


class Use(Acts, OfVersion):
    def act(self, request: HttpRequest) -> HttpResponse:
        self.changes.promote(self.version)
        messages.success(
            request,
            _("In use. This version answers new pictures that are sent to %(title)s.")
            % {"title": self.classifier.title},
        )
        return self.home()


class RollBack(Acts):
    """By one version, though the button is pressed twice: the second time it has seen others."""

    def act(self, request: HttpRequest) -> HttpResponse:
        changes = self.changes
        try:
            changes.seen = UUID(request.POST.get("seen", ""))
        except ValueError:
            changes.seen = uuid4()  # nobody has seen those
        change = changes.rollback(self.classifier)
        training = change.version.trainings.order_by("created_at").first()
        messages.success(request, _("Rolled back: the version before answers again."))
        if training is None:
            return self.back()
        return redirect("training-page", self.classifier.name, training.pk)


class TryPage(OfVersion, ClassifyView):
    """New pictures are answered by this version, before anybody else sees it."""

    template_name = "learning/try.html"

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data())

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return ClassifyView.post(self, request)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        place = [self.classifier.name, self.training.pk]
        return {
            "classifier": self.classifier,
            "training": self.training,
            "version": self.version,
            "most": settings.MAX_FILE_BYTES,
            "classifiers": [self.classifier],
            "chosen": self.classifier.name,
            "consent": consent.offered(self.request),
            "cards": reverse("teach-try-cards", args=place),
        }

    def accept(self, request: HttpRequest, upload: PictureUpload, *, waits: bool) -> Prediction:
        return self.take(upload, waits=waits)


class TryCards(OfVersion, CardsView):
    """What the script of that page sends, and asks for."""

    raise_exception = True

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        self.training  # noqa: B018 - or it is not found
        return CardsView.get(self, request)

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        self.training  # noqa: B018 - or it is not found
        return CardsView.post(self, request)

    def accept(self, request: HttpRequest, upload: PictureUpload) -> Prediction:
        return self.take(upload)
