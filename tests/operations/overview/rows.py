"""Predictions of a certain day, as rows alone."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from classifier_site.operations.overview.days import today
from predictions.classifiers import ModelVersion
from predictions.models import Inference, Prediction
from tests.predictions.comparisons.rows import CUP, asked


def noon(days_ago: int) -> datetime:
    """Of today only its beginning is sure to be over."""
    moment = time(12) if days_ago else time()
    return datetime.combine(today() - timedelta(days=days_ago), moment, UTC)


def answered(
    user: Any, model: ModelVersion, days_ago: int, seconds: float = 1.0, **fields: Any
) -> Prediction:
    """A prediction whose answer came so long after it, with these `timings`."""
    prediction = asked(user, model, CUP, **fields)
    return sent(prediction, days_ago, seconds)


def again(prediction: Prediction, user: Any, days_ago: int) -> Prediction:
    """Somebody sends the same picture, whose answer is known."""
    known = Prediction.objects.create(
        user=user,
        image=prediction.image,
        inference=prediction.inference,
        file_name="again.png",
        cached=True,
    )
    Prediction.objects.filter(pk=known.pk).update(created_at=noon(days_ago))
    return known


def failed(user: Any, model: ModelVersion, days_ago: int, error: str) -> Prediction:
    prediction = asked(user, model, "", status="failed", error=error)
    return sent(prediction, days_ago)


def sent(prediction: Prediction, days_ago: int, seconds: float = 1.0) -> Prediction:
    at = noon(days_ago)
    Prediction.objects.filter(pk=prediction.pk).update(created_at=at)
    Inference.objects.filter(pk=prediction.inference_id).update(
        created_at=at, finished_at=at + timedelta(seconds=seconds)
    )
    return prediction
