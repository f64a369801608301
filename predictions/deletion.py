"""A picture goes with the last prediction that shows it."""

from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.db.models.signals import post_delete
from django.dispatch import receiver

from predictions.models import Image, Prediction
from predictions.queue import queues
from predictions.thumbnails import delete_thumbnails

# Pictures deleted in one go; a worker does nothing else meanwhile.
AT_ONCE = 200
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
    image.delete()
    transaction.on_commit(lambda: delete_files(image), robust=True)


def delete_files(image: Image) -> None:
    name = str(image.file)
    image.file.delete(save=False)
    delete_thumbnails(name)


def delete_forsaken_images() -> None:
    """Once an hour, whatever a process that died after its commit did not come to delete."""
    connection = queues()[0].connection
    if not connection.set(LOOKED, 1, nx=True, ex=LOOK_EVERY):
        return
    shown = Exists(Prediction.objects.filter(image=OuterRef("pk")))
    forsaken = list(Image.objects.filter(~shown).values_list("pk", flat=True)[:AT_ONCE])
    for image_id in forsaken:
        delete_if_forsaken(image_id)
    if len(forsaken) == AT_ONCE:  # there may be more
        connection.delete(LOOKED)
