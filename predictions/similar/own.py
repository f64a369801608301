"""Pictures like one of somebody's own, among their own."""

from typing import NamedTuple

from predictions.models import Inference, Prediction
from predictions.querysets import PredictionQuerySet
from predictions.similar.nearest import nearest


class Similar(NamedTuple):
    prediction: Prediction
    similarity: float  # cosine
    is_near_duplicate: bool


def similar_to(prediction: Prediction, history: PredictionQuerySet, limit: int) -> list[Similar]:
    """The person's pictures that are like this one, the most similar first.

    Each once, however often it was sent: with its latest answer. history: all that is theirs.
    Raises NotSupported and NotYet.
    """
    found = nearest(prediction.inference, limit, user_id=prediction.user_id)
    answered = history.filter(
        image__in=[neighbour.image_id for neighbour in found],
        inference__status=Inference.Status.DONE,
    )
    latest = answered.order_by("image_id", "-created_at", "-id").distinct("image_id")
    by_image = {each.image_id: each for each in latest}
    return [
        Similar(by_image[each.image_id], each.similarity, each.is_near_duplicate)
        for each in found
        if each.image_id in by_image
    ]
