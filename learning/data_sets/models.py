"""Pictures with their verified labels as files: written to be taken away, and brought."""

from pathlib import Path

from django.conf import settings
from django.db import models
from django.urls import reverse

from learning.background import BackgroundWork, Unpacking, Written
from predictions.classifiers import Classifier, ModelVersion
from predictions.models import Image


class DataSetExport(Written):
    """Which verified pictures of a classifier are wanted, and the ZIP with them."""

    classifier = models.ForeignKey(
        Classifier, on_delete=models.CASCADE, related_name="data_set_exports"
    )
    version = models.ForeignKey(
        ModelVersion,
        on_delete=models.CASCADE,
        null=True,
        related_name="+",
        help_text="Only pictures that it answered.",
    )
    class_key = models.CharField(max_length=64, blank=True, help_text="Only this class.")
    since = models.DateField(null=True, help_text="Day in UTC of the decision.")
    until = models.DateField(null=True, help_text="Day in UTC of the decision; it counts.")
    only_sample = models.BooleanField(default=False)
    file = models.FileField(upload_to="data-sets/%Y/%m/%d", blank=True)
    pictures = models.PositiveIntegerField(default=0)
    without_consent = models.PositiveIntegerField(default=0, help_text="Left out.")
    lost = models.PositiveIntegerField(default=0, help_text="Their files are gone or damaged.")
    sha256 = models.CharField(
        "SHA-256", max_length=64, blank=True, help_text="Of pictures and labels; see layout.py."
    )

    class Meta(BackgroundWork.Meta):
        default_permissions = ["add"]
        indexes = [models.Index(fields=["-created_at"], name="data_set_export_latest")]

    def get_absolute_url(self) -> str:
        return reverse("data-set-export", args=[self.pk])

    @property
    def filters(self) -> dict[str, str | bool | None]:
        """What was asked for, for the manifest and the audit log."""
        return {
            "classifier": self.classifier.name,
            "version": str(self.version) if self.version else None,
            "class": self.class_key or None,
            "since": self.since.isoformat() if self.since else None,
            "until": self.until.isoformat() if self.until else None,
            "only_sample": self.only_sample,
        }

    @property
    def part(self) -> Path:
        """Where the file is written. A worker that takes over from a dead one begins it anew."""
        return Path(settings.WORKSHOP) / f".data-set-{self.pk}.part"


class DataSetImport(Unpacking):
    """A file of an export, here or on another server, whose labels become verified labels."""

    classifier = models.ForeignKey(
        Classifier, on_delete=models.CASCADE, related_name="data_set_imports"
    )
    file = models.FileField(upload_to="data-sets/%Y/%m/%d")
    deleted_at = models.DateTimeField(null=True, help_text="Its pictures are being deleted.")

    class Meta(BackgroundWork.Meta):
        default_permissions = ["add"]
        indexes = [models.Index(fields=["-created_at"], name="data_set_import_latest")]

    def get_absolute_url(self) -> str:
        return reverse("data-set-import", args=[self.pk])


class ImportedPicture(models.Model):
    """Keeps a picture that nobody here has sent."""

    data_set = models.ForeignKey(
        DataSetImport,
        on_delete=models.CASCADE,
        related_name="pictures",
        db_index=False,  # the constraint's index begins with it
    )
    image = models.ForeignKey(Image, on_delete=models.PROTECT, related_name="imported")

    class Meta:
        default_permissions = []
        constraints = [
            models.UniqueConstraint(fields=["data_set", "image"], name="imported_picture_unique")
        ]

    def __str__(self) -> str:
        return str(self.image)
