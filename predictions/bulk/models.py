"""A request with many files, as one thing whose progress can be asked for."""

import logging
import uuid
from collections.abc import Sequence

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import models, transaction
from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from predictions.models import Inference, Prediction

logger = logging.getLogger(__name__)

REFUSED = "refused"
STATUSES = [*Inference.Status.values, REFUSED]
UNFINISHED = [Inference.Status.QUEUED, Inference.Status.RUNNING]


class Bulk(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.user}, {self.created_at:%Y-%m-%d %H:%M}"

    def get_absolute_url(self) -> str:
        return reverse("bulk", args=[self.pk])

    @classmethod
    def record(cls, user: User, entries: "Sequence[BulkEntry]") -> "Bulk | None":
        """None if it could not be written: its pictures are recorded each on its own before."""
        bulk = cls(user=user)
        for position, entry in enumerate(entries):
            entry.bulk, entry.position = bulk, position
        try:
            with transaction.atomic():
                bulk.save(force_insert=True)
                BulkEntry.objects.bulk_create(entries)
        except DatabaseError as error:
            logger.error("A bulk request could not be recorded: %s", error)
            return None
        return bulk

    def shown(self) -> "models.QuerySet[BulkEntry]":
        """Without what is in the trash; what was refused has no prediction."""
        return self.entries.filter(prediction__deleted_at=None)

    def counts(self) -> dict[str, int]:
        """The entries by status. What was deleted since is in none."""
        by_status = {
            status: Count("pk", filter=Q(prediction__inference__status=status))
            for status in Inference.Status.values
        }
        refused = Count("pk", filter=Q(prediction=None))
        return self.shown().aggregate(**by_status, **{REFUSED: refused})


class BulkEntry(models.Model):
    """A file: accepted, or refused and why."""

    bulk = models.ForeignKey(
        Bulk, on_delete=models.CASCADE, related_name="entries", db_index=False
    )  # the constraint's index begins with it
    position = models.PositiveSmallIntegerField()
    prediction = models.ForeignKey(
        Prediction, on_delete=models.CASCADE, null=True, related_name="bulk_entries"
    )
    file_name = models.CharField(max_length=255)
    detail = models.TextField(blank=True, help_text="Why it was refused.")

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["bulk", "position"], name="bulk_entry_position")
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def status(self) -> str:
        return REFUSED if self.prediction is None else self.prediction.inference.status
