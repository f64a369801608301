"""Pictures go RETENTION_DAYS after they were last sent; their answers stay.

Not those that somebody keeps: who sent them, reviewers who verified what they show, and whatever
else refers to them (deletion.shown_by), such as the examples of a classifier. The row of a picture
stays, so that its answer is known if it is sent again, which brings its file back.
"""

import logging
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from foundation.storage.holding import may_delete
from foundation.storage.lasting import StorageUnreachable
from predictions.models import Image, Inference, Prediction
from predictions.pictures import files
from predictions.pictures.deletion import shown_by

logger = logging.getLogger(__name__)

# Rows of verified labels, with their `image`; apps above this one add theirs.
verified_by: list[QuerySet[Any]] = []


def due(days: int) -> QuerySet[Image]:
    """Pictures whose file may go now, so many days after they were last sent."""
    before = timezone.now() - timedelta(days=days)
    of_image = {"image": OuterRef("pk")}
    needed = [
        Prediction.everything.filter(**of_image, created_at__gte=before),
        Prediction.everything.filter(**of_image, keep_picture=True),
        Inference.objects.filter(
            **of_image, status__in=[Inference.Status.QUEUED, Inference.Status.RUNNING]
        ),
        *(rows.filter(**of_image) for rows in shown_by if rows.model is not Prediction),
        *(rows.filter(**of_image) for rows in verified_by),
    ]
    old = Image.objects.filter(file_deleted_at=None, created_at__lt=before)
    return old.filter(*(~Exists(rows) for rows in needed)).order_by()


def delete_expired(at_once: int) -> int:
    """Deletes so many at most, and returns how many."""
    days = settings.RETENTION_DAYS
    if days is None:
        return 0
    deleted = 0
    for pk in list(due(days).values_list("pk", flat=True)[:at_once]):
        try:
            deleted += expire(pk, days)
        except StorageUnreachable as error:  # nor can the others be deleted
            logger.error("Pictures that have expired are deleted later: %s", error)
            break
        except OSError as error:
            logger.error("A picture that has expired cannot be deleted: %s", error)
    if deleted:
        logger.info("%d pictures deleted after %d days", deleted, days)
    return deleted


@transaction.atomic
def expire(pk: int, days: int) -> bool:
    """False if it is needed by now, or a backup is running. Raises OSError.

    Locked: who sends it at this moment waits, finds the file gone, and stores it again.
    """
    Image.objects.select_for_update().filter(pk=pk).first()
    image = due(days).filter(pk=pk).first()
    if image is None or not may_delete():
        return False
    Image.objects.filter(pk=pk).update(file_deleted_at=timezone.now())
    files.delete(image)
    return True
