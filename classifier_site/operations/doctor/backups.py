"""Backups: was one made, how old is it, was it complete."""

from collections.abc import Iterator
from datetime import timedelta

from django.utils import timezone

from classifier_site.operations.backups.models import latest
from classifier_site.operations.doctor.findings import Check, Finding, warning
from predictions.models import Image

TOO_OLD = timedelta(days=2)  # as in the alert
HOW = "docs/operations.md, Backups, says how a service makes one each day."


def age() -> Iterator[Finding]:
    if backup := latest():
        if backup.age > TOO_OLD:
            yield warning(
                f"The latest backup is {backup.age.days} days old ({backup}).",
                f"See the log of what makes it. {HOW}",
            )
        return
    first = Image.objects.order_by("pk").first()
    if first and timezone.now() - first.created_at > TOO_OLD:
        yield warning(
            "No backup has ever been made with `manage.py backup`.",
            f"{HOW} If you back up by other means, this is all right.",
        )


def completeness() -> Iterator[Finding]:
    if (backup := latest()) and backup.missing:
        yield warning(
            f"{backup.missing:,} files were missing or damaged when the latest backup was made.",
            "It has named them in its log; restore them from an earlier one.",
        )


CHECKS = [Check(look, needs=("database",)) for look in (age, completeness)]
