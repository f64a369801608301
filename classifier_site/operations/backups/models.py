"""The backups that were made, as the database remembers them: their folder can be elsewhere."""

from datetime import timedelta

from django.db import models
from django.utils import timezone


class Backup(models.Model):
    """One that is complete."""

    made_at = models.DateTimeField(
        db_index=True, help_text="What it holds is as it was at this time."
    )
    took = models.DurationField()
    place = models.CharField(max_length=500, help_text="Where it is, on the machine that made it.")
    pictures = models.PositiveIntegerField()
    missing = models.PositiveIntegerField(help_text="Files that were missing or damaged.")
    size = models.PositiveBigIntegerField(help_text="Bytes of all its files.")
    added = models.PositiveBigIntegerField(help_text="Of these, what earlier ones did not have.")

    class Meta:
        ordering = ["-made_at"]
        default_permissions = ()  # no page shows the rows themselves

    def __str__(self) -> str:
        return self.place

    @property
    def age(self) -> timedelta:
        return timezone.now() - self.made_at


def latest() -> Backup | None:
    return Backup.objects.first()
