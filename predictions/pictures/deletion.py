"""A picture goes with the last row that shows it.

That is a prediction, also if it is in the trash until then, or what other apps keep it for.
"""

import logging
from typing import Any

from django.db import transaction
from django.db.models import Exists, Manager, OuterRef, Q
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils import timezone

from foundation.storage.holding import may_delete
from predictions.models import Image, Prediction
from predictions.pictures import files

logger = logging.getLogger(__name__)

# Whose rows keep their `image`; apps above this one add theirs.
shown_by: list[Manager[Any]] = [Prediction.everything]


def is_shown() -> Q:
    """Of images: whether anything shows them."""
    return Q(*(Exists(rows.filter(image=OuterRef("pk"))) for rows in shown_by), _connector=Q.OR)


@receiver(post_delete, sender=Prediction)
def delete_orphaned_image(instance: Prediction, **kwargs: Any) -> None:
    """Runs for every deleted prediction, also when its user is deleted."""
    # After the commit: until then another prediction of the same picture may be on its way out too.
    transaction.on_commit(lambda: delete_if_orphaned(instance.image_id), robust=True)


@transaction.atomic
def delete_if_orphaned(image_id: int) -> None:
    # The lock makes a prediction that is being recorded at this moment wait at its commit, where
    # its foreign key is checked; recording.record then stores the picture again.
    image = Image.objects.select_for_update().filter(pk=image_id).first()
    if image is None or any(rows.filter(image_id=image_id).exists() for rows in shown_by):
        return
    if not may_delete():
        return  # delete_orphaned_images looks again
    # The row last: should this fail in the middle, it tells delete_orphaned_images what is left.
    files.delete(image)
    image.delete()


def empty_trash(at_once: int) -> None:
    """Deletes what has been in the trash for long enough, so many at most."""
    due = Prediction.everything.filter(deleted_at__lt=timezone.now() - Prediction.KEPT_IN_TRASH)
    for pk in due.order_by("deleted_at").values_list("pk", flat=True)[:at_once]:
        with transaction.atomic():
            # Locked, which looks again: its owner may have restored it at this moment.
            for prediction in due.filter(pk=pk).select_for_update():
                prediction.delete()
