"""A picture goes with the last prediction that shows it."""

from typing import Any

from django.db import transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver

from predictions.models import Image, Prediction
from predictions.thumbnails import delete_thumbnails


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
