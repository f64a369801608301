"""Two versions of a classifier, and the pictures about which both are asked."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Count, F, FilteredRelation, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from predictions.classifiers import Classifier, ModelVersion
from predictions.models import Image, Inference

UNFINISHED = [Inference.Status.QUEUED, Inference.Status.RUNNING]


class Comparison(models.Model):
    class Pictures(models.TextChoices):
        KNOWN = "known", _("all whose class is known from feedback")
        LATEST = "latest", _("the latest")
        CLASS = "class", _("those of one class")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    first = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(ModelVersion, on_delete=models.CASCADE, related_name="+")
    pictures = models.CharField(max_length=8, choices=Pictures.choices)
    class_key = models.CharField(max_length=64, blank=True)
    number = models.PositiveIntegerField(help_text="Of pictures at the start.")
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return f"{self.first} / {self.second}"

    def get_absolute_url(self) -> str:
        return reverse("comparison-page", args=[self.pk])

    @property
    def classifier(self) -> Classifier:
        return self.first.classifier

    @property
    def is_running(self) -> bool:
        return self.finished_at is None and self.cancelled_at is None

    @property
    def status(self) -> str:
        if self.is_running:
            return "running"
        return "finished" if self.finished_at else "cancelled"

    def images(self) -> "models.QuerySet[Image]":
        """Those that have not been deleted since."""
        return Image.objects.filter(compared__comparison=self)

    def answers(self) -> Any:
        """Its images, each with `said_first` and `said_second`: what the versions say of it."""
        return self.images().annotate(
            said_first=of_version(self.first_id), said_second=of_version(self.second_id)
        )

    def answered(self) -> Any:
        """Its images that both have answered."""
        done = Inference.Status.DONE
        return self.answers().filter(said_first__status=done, said_second__status=done)

    def disagreements(self) -> Any:
        """Its images that both have answered, and answered differently."""
        keyed = self.answered().annotate(
            first_class_key=F("said_first__class_key"), second_class_key=F("said_second__class_key")
        )
        return keyed.exclude(first_class_key=F("second_class_key"))

    def progress(self) -> dict[str, int]:
        """How many of its pictures there are, and how many of them are `done` or `failed`."""
        done, failed = Inference.Status.DONE, Inference.Status.FAILED
        return self.answers().aggregate(
            total=Count("pk"),
            done=Count("pk", filter=Q(said_first__status=done, said_second__status=done)),
            failed=Count("pk", filter=Q(said_first__status=failed) | Q(said_second__status=failed)),
        )


def of_version(version_id: int) -> FilteredRelation:
    return FilteredRelation("inferences", condition=Q(inferences__model_version=version_id))


def running() -> "models.QuerySet[Comparison]":
    return Comparison.objects.filter(finished_at=None, cancelled_at=None)


class ComparedPicture(models.Model):
    comparison = models.ForeignKey(
        Comparison, on_delete=models.CASCADE, related_name="compared", db_index=False
    )  # the constraint's index begins with it
    # No foreign key for the database: a picture's deletion is to cost nothing here. What is
    # deleted is found no more.
    image = models.ForeignKey(
        Image,
        on_delete=models.DO_NOTHING,
        related_name="compared",
        db_constraint=False,
        db_index=False,
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["comparison", "image"], name="compared_picture_unique")
        ]

    def __str__(self) -> str:
        return f"{self.image_id} of {self.comparison_id}"
