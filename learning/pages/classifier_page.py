"""One classifier as those who teach it see it: classes, pictures, trainings, who else may."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import F, Window
from django.db.models.functions import RowNumber
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from learning import queue
from learning.corrections import offered
from learning.models import Example, Package, TaughtClass, Training
from learning.pages.taught import OfTaught
from learning.problems import classes_with_counts, number_of, problems_of
from predictions.classifiers import ModelVersion
from predictions.inference.label_files import LONGEST
from predictions.registry.roles import champion_of, last_promotion

FIRST = 12  # examples of each class
LISTED = 30  # trainings, the newest
OFFERED_COUNTED = 1000


class Column(NamedTuple):
    taught_class: TaughtClass
    number: int  # pictures that can be learned from
    examples: list[Example]  # the newest
    more: int  # that are not among them


class ClassifierPage(OfTaught):
    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return render(request, "learning/classifier.html", self.context())

    def context(self) -> dict[str, Any]:
        classifier = self.classifier
        classes = classes_with_counts(classifier)
        trainings = list(classifier.trainings.select_related("version")[:LISTED])
        for training in trainings:
            training.classifier = classifier
        unfinished = next((one for one in trainings if one.is_unfinished), None)
        in_use = champion_of(classifier)
        return {
            "classifier": classifier,
            "manages": self.manages,
            "is_own": classifier.owner_id == self.user.pk,
            "columns": columns(classes),
            "has_none_class": any(one.is_none for one in classes),
            "choices": classes,
            "longest": LONGEST,
            "most_bytes": settings.MAX_FILE_BYTES,
            "offered": offered(self.user, classifier)[:OFFERED_COUNTED].count(),
            "archives": [one for one in classifier.archives.all()[:3] if one.is_unfinished],
            "packages": packages_of(classifier),
            "problems": problems_of(classifier),
            "can_train": sum(bool(number_of(one)) for one in classes if not one.is_none) > 1,
            "trainings": trainings,
            "unfinished": unfinished,
            "no_worker": unfinished is not None and queue.has_worker() is False,
            "in_use": in_use,
            "its_training": in_use and training_of(in_use),
            "can_roll_back": last_promotion(classifier) is not None,
            "shares": classifier.shares.select_related("user") if self.manages else [],
            "waits": any_waits(classifier),
        }


def packages_of(classifier: Any) -> list[Package]:
    """Files that wait or are there, and versions that were brought: the newest."""
    found = classifier.packages.exclude(status__in=["failed", "cancelled"])[:LISTED]
    return [one for one in found if one.is_unfinished or one.is_import or one.is_there]


def any_waits(classifier: Any) -> bool:
    """Whether pictures are still to be looked at, which changes what the page says of them."""
    return bool(Example.objects.of(classifier).readable().filter(looked_at=None).exists())


def columns(classes: Sequence[TaughtClass]) -> list[Column]:
    """With the newest examples of each, read in one go."""
    place = Window(RowNumber(), partition_by=F("taught_class"), order_by=F("pk").desc())
    first = (
        Example.objects.kept()
        .filter(taught_class__in=classes)
        .annotate(place=place)
        .filter(place__lte=FIRST)
        .select_related("taught_class")
        .order_by("taught_class", "-pk")
    )
    by_class: dict[int, list[Example]] = {}
    for example in first:
        by_class.setdefault(example.taught_class_id, []).append(example)
    return [
        Column(
            one,
            number_of(one),
            examples := by_class.get(one.pk, []),
            max(0, number_of(one) - len(examples)),
        )
        for one in classes
    ]


def training_of(version: ModelVersion) -> Training | None:
    """The first one that came to it."""
    found: Training | None = version.trainings.order_by("created_at").first()
    if found is not None:
        found.classifier = version.classifier
    return found
