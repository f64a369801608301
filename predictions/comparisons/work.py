"""The answers that comparisons lack are asked for among the bulk work, some hundreds at a time.

All of it is known to the database: what lacks, what waits, and when a comparison is finished. So a
restart, an emptied Redis or a killed worker changes nothing but the time it takes.
"""

import logging
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone
from redis.exceptions import RedisError

from predictions.comparisons.models import UNFINISHED, Comparison, running
from predictions.models import Image, Inference
from predictions.queueing import queue, turns

logger = logging.getLogger(__name__)

# Answers of all comparisons that wait at a time. Shadows wait in the same turn, so no more than
# half of what one person may have waiting.
MOST_WAITING = 400


def top_up_now_and_then(**kwargs: Any) -> None:
    top_up()


def top_up() -> None:
    """Asks for more of what running comparisons lack, unless enough waits; ends those that lack
    nothing.

    Raises DatabaseError.
    """
    asked: list[Inference] = []
    with transaction.atomic():
        # Another process that has one of them in hand does the same for it.
        in_hand = list(running().select_for_update(skip_locked=True))
        most = min(MOST_WAITING, settings.QUEUE_LIMIT_PER_PERSON // 2)
        for comparison in in_hand:
            lacking, waiting = state_of(comparison)
            pictures = (max(most // len(in_hand), 2) - waiting) // 2
            if lacking and pictures > 0:
                asked += ask(comparison, pictures)
            elif not lacking and not waiting:
                Comparison.objects.filter(pk=comparison.pk).update(finished_at=timezone.now())
    enqueue(asked)


def state_of(comparison: Comparison) -> tuple[int, int]:
    """How many of its pictures lack an answer for which nobody has asked; how many answers wait."""
    found = comparison.answers().aggregate(
        lacking=Count("pk", filter=LACKING),
        first=Count("pk", filter=Q(said_first__status__in=UNFINISHED)),
        second=Count("pk", filter=Q(said_second__status__in=UNFINISHED)),
    )
    return found["lacking"], found["first"] + found["second"]


LACKING = Q(said_first__isnull=True) | Q(said_second__isnull=True)


def ask(comparison: Comparison, pictures: int) -> list[Inference]:
    """Records what is to be asked about so many pictures. Both versions are asked about a picture
    together: it is decoded once then, and a backbone that they share runs once.
    """
    lacking = comparison.answers().filter(LACKING).order_by("pk")
    ids = list(lacking.values_list("pk", flat=True)[:pictures])
    # Locked against their deletion (pictures/deletion.py); people may ask about them meanwhile.
    images = list(Image.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk"))
    new = [
        Inference(image=image, model_version_id=version_id, job_id=turns.job_id_for(turns.NOBODY))
        for image in images
        for version_id in (comparison.first_id, comparison.second_id)
    ]
    Inference.objects.bulk_create(new, ignore_conflicts=True)  # what is there is used as it is
    recorded = Inference.objects.select_related("image").filter(
        image__in=images,
        model_version__in=[comparison.first_id, comparison.second_id],
        job_id__in=[inference.job_id for inference in new],
    )
    return list(recorded.defer("features").order_by("image_id", "model_version_id"))


def enqueue(inferences: Sequence[Inference]) -> None:
    """Without Redis they are lost jobs, which a worker's maintenance enqueues (recovery.py)."""
    for inference in inferences:
        image = inference.image
        try:
            # As an ordinary picture: what its decoder visits was not kept.
            queue.enqueue(inference, queue.BULK, work=3 * image.width * image.height)
        except RedisError as error:
            logger.error("The jobs of a comparison wait for Redis: %s", error)
            return


def cancel(comparison: Comparison) -> None:
    """Asks nothing more, and takes back what waits and nobody else has asked."""
    if not running().filter(pk=comparison.pk).update(cancelled_at=timezone.now()):
        return
    waiting = Inference.objects.filter(
        image__compared__comparison=comparison,
        model_version__in=[comparison.first_id, comparison.second_id],
        status=Inference.Status.QUEUED,
        job_id__lte=UUID(turns.owner(turns.NOBODY) + "f" * 24),
        predictions=None,
    )
    with transaction.atomic():
        # Locked, because people may ask about them at this moment (recording.py).
        images = Image.objects.filter(pk__in=waiting.values("image")).order_by("pk")
        list(images.select_for_update(no_key=True).values_list("pk"))
        job_ids = list(waiting.values_list("job_id", flat=True))
        waiting.delete()
    try:
        queue.take_back(queue.BULK, job_ids)
    except RedisError as error:  # a worker finds that they are not wanted
        logger.error("Jobs of a cancelled comparison are still in the queue: %s", error)
