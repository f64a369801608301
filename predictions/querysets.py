"""The managers of the models: verbs for many rows at once."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models.functions import Coalesce
from django.utils import timezone

if TYPE_CHECKING:
    from predictions.models import Inference, Prediction


class InferenceQuerySet(models.QuerySet["Inference"]):
    def fail(self, error: str, *, unreadable: bool = False) -> int:
        """Records why it failed, unless an answer has been saved meanwhile.

        Returns how many failed.
        """
        return self.exclude(status=self.model.Status.DONE).update(
            status=self.model.Status.FAILED,
            error=error[:300],
            unreadable=unreadable,
            finished_at=timezone.now(),
        )


class PredictionQuerySet(models.QuerySet["Prediction"]):
    def move_to_trash(self) -> datetime:
        """Returns the time of the deletion, by which all that went together is found again."""
        now = timezone.now()
        self.update(deleted_at=now)
        return now

    def restore(self) -> int:
        """Returns how many come back."""
        return self.update(deleted_at=None)


class NotInTrash(models.Manager.from_queryset(PredictionQuerySet)):  # type: ignore[misc]
    def get_queryset(self) -> PredictionQuerySet:
        kept: PredictionQuerySet = super().get_queryset().filter(deleted_at=None)
        return kept


def certainty(score: str) -> Coalesce:
    """The score in a field, and less than all scores where there is none."""
    return Coalesce(score, -1.0)
