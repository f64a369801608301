"""What MLflow is to be told waits in the database, written with the change itself.

So a change neither waits for MLflow nor fails with it. `manage.py mlflow_sync` sends it, see
sending.py; the web process and the workers never load MLflow's client.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models.signals import post_save
from django.dispatch import receiver

from predictions.classifiers import Classifier, ModelVersion, RoleChange
from predictions.mlflow.models import Pending


@receiver(post_save, sender=ModelVersion)
def put_version(instance: ModelVersion, created: bool, **kwargs: Any) -> None:
    if created and settings.MLFLOW_TRACKING_URI:
        Pending.objects.create(classifier=instance.classifier, version=instance)


@receiver(post_save, sender=RoleChange)
def put_roles(instance: RoleChange, created: bool, **kwargs: Any) -> None:
    if created and settings.MLFLOW_TRACKING_URI:
        Pending.objects.create(classifier=instance.classifier)


def put_all_roles() -> None:
    """Whatever MLflow has missed, because it was not set before or has lost what it had."""
    Pending.objects.bulk_create(Pending(classifier=each) for each in Classifier.objects.all())


@dataclass(frozen=True)
class Waiting:
    """What MLflow has not been told yet."""

    changes: int
    since: datetime | None
    error: str  # of the last attempt; empty where none has failed

    def __str__(self) -> str:
        if not self.changes:
            return "MLflow has been told everything."
        said = f"Changes that MLflow has not been told yet: {self.changes}"
        if self.since:
            said += f", the oldest of {self.since:%Y-%m-%d %H:%M} UTC"
        return f"{said}. {self.error}".strip()


def waiting() -> Waiting:
    pending = list(Pending.objects.values_list("created_at", "error"))
    errors = [error for _created_at, error in pending if error]
    since = pending[0][0] if pending else None
    return Waiting(len(pending), since, errors[-1] if errors else "")
