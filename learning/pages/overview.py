"""The classifiers that a person teaches or may ask, and a new one."""

from collections.abc import Sequence
from typing import NamedTuple

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.paginator import Page, Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views import View

from accounts import rights
from accounts.models import User
from accounts.services import user_of
from learning.models import Example, TaughtClass, Training
from learning.pages.taught import sentence, taught_by
from predictions.classifiers import Classifier, ModelVersion
from predictions.open_to import ClassifierQuerySet
from predictions.registry.ownership import TITLE_MOST, OwnershipRefused, new_classifier

ON_A_PAGE = 20


class Row(NamedTuple):
    classifier: Classifier
    may_teach: bool
    is_own: bool
    classes: int
    pictures: int
    in_use: ModelVersion | None
    training: Training | None  # the last one


class TeachPage(LoginRequiredMixin, View):
    def get(self, request: HttpRequest) -> HttpResponse:
        return self.shown()

    def post(self, request: HttpRequest) -> HttpResponse:
        """A new classifier."""
        title = request.POST.get("title", "")
        try:
            classifier = new_classifier(user_of(request), title, request=request)
        except OwnershipRefused as refusal:
            messages.error(request, sentence(refusal))
            return self.shown(title, status=400)
        return redirect("teach-classifier", classifier.name)

    def shown(self, title: str = "", status: int = 200) -> HttpResponse:
        user = user_of(self.request)
        pages = Paginator(listed(user), ON_A_PAGE)
        page: Page = pages.get_page(self.request.GET.get("page"))
        context = {
            "page": page,
            "rows": rows(user, list(page)),
            "title": title,
            "title_most": TITLE_MOST,
            "may_add": bool(settings.CLASSIFIERS_PER_PERSON),
            "sees_all": rights.staff_may_now(user, "view", Classifier),
        }
        return render(self.request, "learning/overview.html", context, status=status)


def listed(user: User) -> ClassifierQuerySet:
    """One's own first, then those that are shared; for staff with the right, all taught ones."""
    if rights.staff_may_now(user, "view", Classifier):
        found = Classifier.objects.filter(
            Q(owner__isnull=False) | Q(pk__in=TaughtClass.objects.values("classifier"))
        )
    else:
        shared = Q(pk__in=user.classifier_shares.values("classifier"))
        found = Classifier.objects.filter(Q(owner=user) | shared)
    own = Count("pk", filter=Q(owner=user))
    ordered: ClassifierQuerySet = (
        found.select_related("owner").annotate(own=own).order_by("-own", "-created_at", "-pk")
    )
    return ordered


def rows(user: User, classifiers: Sequence[Classifier]) -> list[Row]:
    taught = set(taught_by(user).filter(pk__in=[one.pk for one in classifiers]).values_list("pk"))
    classes = dict(
        TaughtClass.objects.filter(classifier__in=classifiers)
        .order_by()
        .values_list("classifier")
        .annotate(number=Count("pk"))
    )
    pictures = dict(
        Example.objects.kept()
        .filter(taught_class__classifier__in=classifiers)
        .order_by()
        .values_list("taught_class__classifier")
        .annotate(number=Count("pk"))
    )
    champions = ModelVersion.objects.filter(
        classifier__in=classifiers, role=ModelVersion.Role.CHAMPION
    )
    in_use = {version.classifier_id: version for version in champions}
    trainings = (
        Training.objects.filter(classifier__in=classifiers)
        .order_by("classifier_id", "-created_at")
        .distinct("classifier_id")
    )
    last = {training.classifier_id: training for training in trainings}
    return [
        Row(
            one,
            (one.pk,) in taught,
            one.owner_id == user.pk,
            classes.get(one.pk, 0),
            pictures.get(one.pk, 0),
            in_use.get(one.pk),
            last.get(one.pk),
        )
        for one in classifiers
    ]
