"""What goes with an export, an import, a classifier and an account."""

from typing import Any

from django.db import transaction
from django.db.models.signals import post_delete, pre_delete
from django.dispatch import receiver

from accounts.models import User
from learning.data_sets.models import DataSetExport, DataSetImport, ImportedPicture
from predictions.classifiers import Classifier
from predictions.pictures.deletion import delete_if_orphaned
from predictions.registry.deleting import classifier_deleted

AT_ONCE = 500


@receiver(post_delete, sender=ImportedPicture)
def delete_orphaned_image(instance: ImportedPicture, **kwargs: Any) -> None:
    """The picture with its labels, unless something else shows it."""
    transaction.on_commit(lambda: delete_if_orphaned(instance.image_id), robust=True)


@receiver(post_delete, sender=DataSetExport)
@receiver(post_delete, sender=DataSetImport)
def delete_file(instance: DataSetExport | DataSetImport, **kwargs: Any) -> None:
    transaction.on_commit(lambda: instance.file.delete(save=False), robust=True)
    if isinstance(instance, DataSetExport):
        transaction.on_commit(lambda: instance.part.unlink(missing_ok=True), robust=True)


def delete_some(**kwargs: Any) -> None:
    """Some pictures of imports that staff have deleted; there may be fifty thousand."""
    for work in DataSetImport.objects.exclude(deleted_at=None):
        some = work.pictures.values_list("pk", flat=True)[:AT_ONCE]
        if not ImportedPicture.objects.filter(pk__in=list(some)).delete()[0]:
            work.delete()


@receiver(classifier_deleted)
def delete_what_it_was_given(classifier: Classifier, **kwargs: Any) -> None:
    """At once, while answers in people's histories still name it."""
    for work in [*classifier.data_set_exports.all(), *classifier.data_set_imports.all()]:
        work.delete()


@receiver(pre_delete, sender=User)
def delete_exports_of_theirs(instance: User, **kwargs: Any) -> None:
    """Nobody takes these away any more. What they have imported is the server's."""
    for export in DataSetExport.objects.filter(started_by=instance):
        export.delete()
