"""What goes with an example, an archive, a classifier and an account."""

from typing import Any

from django.db import transaction
from django.db.models.signals import post_delete, pre_delete
from django.dispatch import receiver

from accounts.models import User
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
    for work in [*classifier.archives.all(), *classifier.packages.all()]:
        work.delete()
    for taught_class in classifier.taught_classes.all():
        taught_class.delete()


@receiver(pre_delete, sender=User)
def delete_files_of_theirs(instance: User, **kwargs: Any) -> None:
    """What a person has brought to classifiers of others. A worker notices with its next report."""
    for kind in (Archive, Package):
        for work in kind.objects.filter(started_by=instance):
            work.delete()
