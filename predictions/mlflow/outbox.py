"""What MLflow is to be told waits in the database, written with the change itself.

So a change neither waits for MLflow nor fails with it. `manage.py mlflow_sync` sends it, see
sending.py; the web process and the workers never load MLflow's client.
"""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.db.models.signals import post_save
from django.dispatch import receiver
from django.utils import timezone

from predictions.classifiers import Classifier, ModelVersion, RoleChange
from predictions.mlflow.models import Pending

LATE_AFTER = timedelta(minutes=10)  # longer than the files of a version take


@receiver(post_save, sender=ModelVersion)
def put_version(instance: ModelVersion, created: bool, **kwargs: Any) -> None:
    if created and is_mirrored(instance.classifier):
        Pending.objects.create(classifier=instance.classifier, version=instance)


@receiver(post_save, sender=RoleChange)
def put_roles(instance: RoleChange, created: bool, **kwargs: Any) -> None:
    if created and is_mirrored(instance.classifier):
        Pending.objects.create(classifier=instance.classifier)


def is_mirrored(classifier: Classifier) -> bool:
    """What people teach is not told to anybody, public or not."""
    return bool(settings.MLFLOW_TRACKING_URI) and classifier.is_servers


def put_all_roles() -> None:
    """Whatever MLflow has missed, because it was not set before or has lost what it had."""
    Pending.objects.bulk_create(Pending(classifier=each) for each in Classifier.objects.of_server())


def is_late() -> bool:
    """Whether an attempt has failed, or nobody attempts anything."""
    late = ~Q(error="") | Q(created_at__lt=timezone.now() - LATE_AFTER)
    return bool(settings.MLFLOW_TRACKING_URI) and Pending.objects.filter(late).exists()


def summary() -> str:
    """What MLflow has not been told yet."""
    first = Pending.objects.first()
    if first is None:
        return "MLflow has been told everything."
    failed = Pending.objects.exclude(error="").order_by("due_at").last()
    since = f"{first.created_at:%Y-%m-%d %H:%M} UTC"
    said = f"Waiting for MLflow: {Pending.objects.count()}, since {since}."
    return f"{said} {failed.error}" if failed else said
