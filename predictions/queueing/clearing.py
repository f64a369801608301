"""What deleted classifiers leave behind: their files go soon, their rows once no answer needs them.

Answers stay in the histories of those who have them, and name the version that gave them.
"""

import logging
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, ProtectedError, Q
from django.utils import timezone

from foundation.storage.holding import may_delete
from predictions.classifiers import Classifier, EnsembleMember, LabelSet, ModelVersion
from predictions.models import Inference, Prediction
from predictions.queueing.queue import queues
from predictions.registry.model_store import model_store

logger = logging.getLogger(__name__)

AT_ONCE = 20  # classifiers
LOOKED, LOOK_EVERY = "classifier:cleared", 3600  # seconds; it looks for answers of each of them


def clear_now_and_then(**kwargs: Any) -> None:
    delete_files()
    connection = queues()[0].connection
    # Without any prediction the database is being restored, table by table.
    if not connection.exists(LOOKED) and Prediction.everything.exists():
        delete_rows()
        connection.set(LOOKED, 1, ex=LOOK_EVERY)


def delete_files() -> None:
    """Of classifiers that are deleted and have answered whatever waited for them."""
    waiting = Inference.objects.filter(
        model_version__classifier=OuterRef("pk"),
        status__in=[Inference.Status.QUEUED, Inference.Status.RUNNING],
    )
    deleted = Classifier.everything.filter(deleted_at__isnull=False, files_deleted_at=None)
    for classifier in deleted.filter(~Exists(waiting)).order_by("deleted_at")[:AT_ONCE]:
        with transaction.atomic():
            if not may_delete():
                return
            try:
                for version in classifier.versions.all():
                    delete_files_of(version)
            except OSError as error:  # the bucket cannot be reached, say
                logger.error("Files of %s are deleted later: %s", classifier, error)
                continue
            Classifier.everything.filter(pk=classifier.pk).update(files_deleted_at=timezone.now())


def delete_files_of(version: ModelVersion) -> None:
    """With a network that was tuned for its classifier. Raises OSError."""
    manifest = version.manifest
    if not manifest["files"]:  # an ensemble
        return
    delete_stored(version, manifest["name"], manifest["version"])
    backbone = manifest.get("backbone") or {}
    if backbone.get("name") == version.classifier.name:
        delete_stored(version, backbone["name"], backbone["version"])


def delete_stored(version: ModelVersion, name: str, version_name: str) -> None:
    """Unless another classifier's version has the same, or reads them. Raises OSError."""
    stored = {"name": name, "version": version_name}
    others = ModelVersion.objects.filter(classifier__files_deleted_at=None)
    others = others.exclude(classifier=version.classifier_id)
    if not others.filter(
        Q(manifest__name=name, manifest__version=version_name) | Q(manifest__backbone=stored)
    ).exists():
        model_store().delete(**stored)


def delete_rows() -> None:
    """Of deleted classifiers that nobody has an answer of."""
    for classifier in Classifier.everything.filter(files_deleted_at__isnull=False):
        answers = Prediction.everything.filter(inference__model_version__classifier=classifier)
        if answers.exists():  # as the foreign keys say, after all of them were read
            continue
        try:
            delete_rows_of(classifier)
        except ProtectedError as error:
            logger.error("The rows of %s are needed elsewhere: %s", classifier, error)


@transaction.atomic
def delete_rows_of(classifier: Classifier) -> None:
    """Raises ProtectedError: something else refers to them."""
    versions = classifier.versions.all()
    label_sets = list(versions.order_by().values_list("label_set", flat=True).distinct())
    classifier.role_changes.all().delete()
    # Shadows and comparisons have asked for them.
    Inference.objects.filter(model_version__in=versions).only("pk").delete()
    EnsembleMember.objects.filter(ensemble__in=versions).delete()
    versions.delete()
    classifier.delete()
    LabelSet.objects.filter(pk__in=label_sets, modelversion=None).delete()
