"""What goes with an example, an archive and a classifier."""

from typing import Any

from django.db import transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver

from learning.models import Archive, Example, Package
from predictions.classifiers import Classifier
from predictions.pictures.deletion import delete_if_orphaned
from predictions.registry.deleting import classifier_deleted


@receiver(post_delete, sender=Example)
def delete_orphaned_image(instance: Example, **kwargs: Any) -> None:
    """The picture, unless something else shows it."""
    transaction.on_commit(lambda: delete_if_orphaned(instance.image_id), robust=True)


@receiver(post_delete, sender=Archive)
@receiver(post_delete, sender=Package)
def delete_file(instance: Archive | Package, **kwargs: Any) -> None:
    transaction.on_commit(lambda: instance.file.delete(save=False), robust=True)


@receiver(classifier_deleted)
def delete_what_it_was_taught(classifier: Classifier, **kwargs: Any) -> None:
    """At once, while its versions stay as long as answers in somebody's history name them."""
    for training in classifier.trainings.all():
        training.cancel()
    for archive in classifier.archives.all():
        archive.cancel()
        archive.delete()
    for package in classifier.packages.all():
        package.cancel()
        package.delete()
    classifier.taught_classes.all().delete()
