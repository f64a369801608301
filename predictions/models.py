"""Pictures, models, answers, and who asked for them."""

import uuid
from datetime import datetime, timedelta
from hashlib import file_digest
from pathlib import PurePath
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from predictions.classifiers import ModelVersion
from predictions.file_names import storage_path
from predictions.querysets import (
    InferenceQuerySet,
    NotInTrash,
    PredictionQuerySet,
    certainty,
)


class Image(models.Model):
    """The bytes of one picture, kept once however many people send it."""

    FILE_ENDINGS = {
        "JPEG": ".jpeg",
        "PNG": ".png",
        "GIF": ".gif",
        "WEBP": ".webp",
        "HEIF": ".heic",
        "AVIF": ".avif",
    }

    sha256 = models.CharField("SHA-256", max_length=64, help_text="Its identity.")
    md5 = models.CharField("MD5", max_length=32, help_text="Its public name.")
    format = models.CharField(max_length=4, choices=[(name, name) for name in FILE_ENDINGS])
    width = models.PositiveIntegerField(help_text="Pixels, when upright.")
    height = models.PositiveIntegerField(help_text="Pixels, when upright.")
    size = models.PositiveIntegerField(help_text="Bytes.")
    file = models.FileField(upload_to=storage_path)
    file_deleted_at = models.DateTimeField(
        null=True, blank=True, help_text="Its answers are kept; see pictures/retention.py."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]
        # Instead of unique=True, which brings a second index, for prefixes. Each index is written
        # for each new picture.
        constraints = [
            models.UniqueConstraint(fields=["sha256"], name="image_sha256_unique"),
            # The public contract names files by MD5, which can be forged; this refuses a second
            # picture under the same name.
            models.UniqueConstraint(fields=["md5"], name="image_md5_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.md5}{self.FILE_ENDINGS[self.format]}"

    @property
    def content_type(self) -> str:
        return f"image/{self.format.lower()}"

    @property
    def is_shown_by_browsers(self) -> bool:
        """By all of them; Safari alone shows HEIC."""
        return self.format != "HEIF"

    def was_decoded(self) -> bool:
        """Whether a worker has answered it: what crashes a decoder ends there."""
        return self.inferences.filter(status=Inference.Status.DONE).exists()

    def is_stored(self) -> bool:
        """Whether its file is there in full: it may have been lost, or cut short."""
        try:
            return bool(self.file.size == self.size)
        except OSError:
            return False

    def is_intact(self) -> bool:
        """Whether its file is there as it came, byte for byte."""
        try:
            with self.file.open("rb") as file:
                return file_digest(file, "sha256").hexdigest() == self.sha256
        except OSError:
            return False


class Inference(models.Model):
    """The answer of one model version to one picture; once done, it is the cache for ever."""

    class Status(models.TextChoices):
        QUEUED = "queued", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    image = models.ForeignKey(
        Image,
        on_delete=models.CASCADE,
        related_name="inferences",
        db_index=False,  # the constraint's index begins with it
    )
    model_version = models.ForeignKey(
        ModelVersion,
        on_delete=models.PROTECT,
        db_index=False,  # inference_of_version begins with it
    )
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.QUEUED)
    job_id = models.UUIDField("job", default=uuid.uuid4, help_text="Its job in the queue.")
    label = models.CharField(max_length=64, blank=True)
    class_key = models.CharField(
        max_length=64,
        blank=True,
        db_column="synset",
        help_text="Of the label, among those of the version; for ImageNet its synset.",
    )
    score = models.FloatField(null=True, blank=True, help_text="Probability of the label.")
    ranking = models.JSONField(
        default=list,
        blank=True,
        db_column="top_k",
        help_text="Label, key and score of the best 20; of 5 in older answers.",
    )
    features = models.BinaryField(
        null=True, blank=True, help_text="Pooled feature vector: little-endian float32."
    )
    attempts = models.PositiveSmallIntegerField(
        default=0, help_text="How often a worker began with it."
    )
    error = models.CharField(max_length=300, blank=True, help_text="Why it failed.")
    unreadable = models.BooleanField(
        default=False, help_text="It failed because the picture cannot be read."
    )
    timings = models.JSONField(default=dict, blank=True, help_text="Milliseconds by stage.")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = InferenceQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        # For django-rq's pages, see queue_admin.py.
        permissions = [("manage_queues", "Can delete, repeat and stop jobs of the queues")]
        constraints = [
            # Two people with the same new picture meet here: one inference, one job.
            models.UniqueConstraint(
                fields=["image", "model_version"], name="inference_image_model_version_unique"
            ),
        ]
        indexes = [
            models.Index(
                fields=["created_at"],
                condition=models.Q(status__in=["queued", "running"]),
                name="inference_unfinished",
            ),
            # The few that failed, for staff.
            models.Index(
                fields=["-created_at"],
                condition=models.Q(status="failed"),
                name="inference_failed",
            ),
            # The latest answers of a class, for staff; and those of a class in a history.
            models.Index(fields=["label", "-created_at"], name="inference_of_label"),
            # The latest answers of a version. By time, which no other index has: PostgreSQL would
            # read the primary key backwards and find none of a version that answers no longer.
            models.Index(
                fields=["model_version", "-created_at"],
                include=["status"],
                name="inference_of_version",
            ),
            # For a history that is sorted by it.
            models.Index(certainty("score"), name="inference_certainty"),
        ]

    def __str__(self) -> str:
        return self.label or self.get_status_display()

    # What a job returns to the request that waits for it (jobs.Answer.result), saved before, by
    # the fields that take it.
    RESULT = {
        "label": "label",
        "class_key": "key",
        "score": "score",
        "ranking": "top_k",
        "timings": "timings",
    }

    def take_result(self, result: dict[str, Any]) -> None:
        """The answer, from the worker itself: what the database says too by now."""
        for name, key in self.RESULT.items():
            setattr(self, name, result[key])
        self.status = self.Status.DONE

    RANKED = 20  # kept
    TOP_K = 5  # of these, shown unless told

    @property
    def top_k(self) -> list[dict[str, Any]]:
        return self.ranking[: self.TOP_K]

    @property
    def is_confident(self) -> bool:
        """Whether it counts as sure by the thresholds of its classifier."""
        least = self.model_version.classifier.threshold_of(self.class_key)
        return self.score is not None and self.score >= least

    @property
    def is_finished(self) -> bool:
        return self.status in (self.Status.DONE, self.Status.FAILED)


class Prediction(models.Model):
    """One person's request: this picture, under this name, at this time."""

    # Deleting on the pages can be undone for so long; then a worker empties the trash.
    KEPT_IN_TRASH = timedelta(minutes=10)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="predictions",
        db_index=False,  # the index of the history begins with it
    )
    image = models.ForeignKey(Image, on_delete=models.PROTECT, related_name="predictions")
    inference = models.ForeignKey(Inference, on_delete=models.PROTECT, related_name="predictions")
    file_name = models.CharField(max_length=255, help_text="As the person's file was called.")
    cached = models.BooleanField(default=False, help_text="The answer was known already.")
    may_improve = models.BooleanField(
        default=False,
        db_default=False,
        help_text="The person agreed that the picture is used to improve the service.",
    )
    keep_picture = models.BooleanField(
        default=False, db_default=False, help_text="However old it gets; see RETENTION_DAYS."
    )
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    deleted_at = models.DateTimeField(
        "deleted", null=True, blank=True, help_text="In the trash since then."
    )

    objects = NotInTrash()
    # With those in the trash, whose pictures are still there.
    everything = PredictionQuerySet.as_manager()

    # Milliseconds by stage of the request that asked, until that is over.
    stages: dict[str, float]

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            # With the column that hides what is in the trash, so that counting reads the index
            # alone.
            models.Index(
                fields=["user", "-created_at", "-id"],
                include=["deleted_at"],
                name="prediction_history",
            ),
            models.Index("user", Lower("file_name"), "id", name="prediction_by_name"),
            models.Index(
                fields=["deleted_at"],
                condition=models.Q(deleted_at__isnull=False),
                name="prediction_trash",
            ),
        ]

    def __str__(self) -> str:
        return self.file_name

    def get_absolute_url(self) -> str:
        return reverse("prediction-page", args=[self.pk])

    @property
    def answered_at(self) -> datetime | None:
        """Not when it was answered for somebody else, who had sent the same picture before."""
        return self.created_at if self.cached else self.inference.finished_at

    @property
    def took(self) -> timedelta | None:
        """From the request to its answer, for whoever waited for one."""
        if self.cached or self.inference.finished_at is None:
            return None
        took: timedelta = self.inference.finished_at - self.created_at
        return took if took > timedelta(0) else None  # by the clocks of two machines

    @property
    def image_file_name(self) -> str:
        """The contract's name: MD5 of the content, and the ending the person's file had.

        A file without a name gets the ending of its kind.
        """
        ending = PurePath(self.file_name).suffix.lower()
        return f"{self.image.md5}{ending or Image.FILE_ENDINGS[self.image.format]}"
