"""What all pages about one taught classifier have in common."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import cached_property
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views import View

from accounts import rights
from accounts.models import User
from accounts.services import user_of
from learning.models import TaughtClass, Training
from learning.refusals import TeachingRefused
from predictions.classifiers import Classifier
from predictions.open_to import ClassifierQuerySet
from predictions.pictures.checks import Refused
from predictions.refusals import NotTaken
from predictions.registry.ownership import Change, OwnershipRefused
from predictions.registry.roles import Changes, RoleRefused

# Each says why in a sentence for the person who asked.
REFUSALS = (TeachingRefused, OwnershipRefused, RoleRefused, Refused, NotTaken)


def sentence(refusal: Exception) -> str:
    return _(refusal.on_page) if isinstance(refusal, NotTaken) else str(refusal)


def taught_by(user: User) -> ClassifierQuerySet:
    """Without those of the server that nobody has ever taught."""
    taught = Q(owner__isnull=False) | Q(pk__in=TaughtClass.objects.values("classifier"))
    found: ClassifierQuerySet = Classifier.objects.taught_by(user).filter(taught)
    return found


class OfTaught(LoginRequiredMixin, View):
    """Of the classifier that the address names; one that this person may not teach is not found."""

    @cached_property
    def classifier(self) -> Classifier:
        return get_object_or_404(
            taught_by(user_of(self.request)).select_related("owner"), name=self.kwargs["name"]
        )

    @property
    def user(self) -> User:
        return user_of(self.request)

    @cached_property
    def manages(self) -> bool:
        """Whether this person decides who else may ask and teach it."""
        return self.classifier.owner_id == self.user.pk or rights.staff_may_now(
            self.user, "change", Classifier
        )

    def home(self) -> HttpResponse:
        """To the page of what this is about."""
        return redirect("teach-classifier", self.classifier.name)

    @property
    def change(self) -> Change:
        """By this person, from here: for the audit log."""
        return Change(self.user, self.request)

    @property
    def changes(self) -> Changes:
        return Changes(actor=self.user, request=self.request, reason=_("Taught on its page"))


class Acts(OfTaught):
    """A POST does what `act` says, and a refusal is said on the page that it came from."""

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """Where signing in again leads back to after a POST."""
        return self.home()

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            return self.act(request)
        except REFUSALS as refusal:
            messages.error(request, sentence(refusal))
            return self.back()

    def act(self, request: HttpRequest) -> HttpResponse:
        """Raises what REFUSALS names. Not needed where `post` is another."""
        raise NotImplementedError

    def back(self) -> HttpResponse:
        """To the page that the form was on."""
        place = self.request.POST.get("next", "")
        host = self.request.get_host()
        if place[:1] == "/" and url_has_allowed_host_and_scheme(place, allowed_hosts={host}):
            return redirect(place)
        return self.home()


class OfClass(OfTaught):
    """Of one of its classes."""

    @cached_property
    def taught_class(self) -> TaughtClass:
        return get_object_or_404(self.classifier.taught_classes, pk=self.kwargs["pk"])


class OfTraining(OfTaught):
    """Of one of its trainings."""

    @cached_property
    def training(self) -> Training:
        trainings = self.classifier.trainings.select_related("version", "started_by")
        training: Training = get_object_or_404(trainings, pk=self.kwargs["pk"])
        training.classifier = self.classifier
        return training

    def home(self) -> HttpResponse:
        return redirect(self.training)
