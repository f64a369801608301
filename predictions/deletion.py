"""A picture goes with the last prediction that shows it."""

import logging
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.db.models.signals import post_delete
from django.dispatch import receiver

from predictions import files
from predictions.models import Image, Prediction
from predictions.queue import queues

logger = logging.getLogger(__name__)

# Pictures deleted in one go; a worker does nothing else meanwhile.
AT_ONCE = 20
LOOKED, LOOK_EVERY = "classifier:forsaken", 3600  # seconds; it reads through all pictures


@receiver(post_delete, sender=Prediction)
def delete_forsaken_image(instance: Prediction, **kwargs: Any) -> None:
    """Runs for every deleted prediction, also when its user is deleted."""
    # After the commit: until then another prediction of the same picture may be on its way out too.
    transaction.on_commit(lambda: delete_if_forsaken(instance.image_id), robust=True)


@transaction.atomic
def delete_if_forsaken(image_id: int) -> None:
    # The lock makes a prediction that is being recorded at this moment wait at its commit, where
    # its foreign key is checked; recording.find_or_record then stores the picture again.
    image = Image.objects.select_for_update().filter(pk=image_id).first()
    if image is None or Prediction.objects.filter(image_id=image_id).exists():
        return
    # The row last: should this fail in the middle, it tells delete_forsaken_images what is left.
    files.delete(image)
    image.delete()


def delete_forsaken_images() -> None:
    """Once an hour, whatever a process that died after its commit did not come to delete."""
    connection = queues()[0].connection
    # Without any prediction the database is being restored, table by table.
    if connection.exists(LOOKED) or not Prediction.objects.exists():
        return
    shown = Exists(Prediction.objects.filter(image=OuterRef("pk")))
    forsaken = Image.objects.filter(~shown).order_by().values_list("pk", flat=True)[:AT_ONCE]
    deleted = 0
    for image_id in forsaken:
        try:
            delete_if_forsaken(image_id)
            deleted += 1
        except OSError as error:
            logger.error("A picture that nobody's history shows cannot be deleted: %s", error)
    if deleted < AT_ONCE:  # or there may be more
        connection.set(LOOKED, 1, ex=LOOK_EVERY)
