"""Which predictions of a history are asked for, the same way for the API and the pages."""

from typing import Any

from django.db.models import Exists, OuterRef, Q
from rest_framework import serializers

from predictions.labels.search import matching
from predictions.models import Inference, Prediction, PredictionQuerySet


class HistoryFilter(serializers.Serializer[Any]):
    search = serializers.CharField(
        required=False,
        help_text="A word for the class, in English or Spanish: its name, a synonym, or a "
        "group such as `dog`. Or a part of the file name.",
    )
    label = serializers.CharField(required=False, help_text="Exactly this class name or synset.")  # type: ignore[assignment]  # a field, not Field.label
    status = serializers.ChoiceField(Inference.Status.choices, required=False)
    min_score = serializers.FloatField(required=False, min_value=0, max_value=1)
    max_score = serializers.FloatField(required=False, min_value=0, max_value=1)
    since = serializers.DateTimeField(required=False, help_text="Asked at or after (ISO 8601).")
    until = serializers.DateTimeField(required=False, help_text="Asked before (ISO 8601).")
    feedback = serializers.ChoiceField(
        ["given", "none", "right", "wrong", "unknown"],
        required=False,
        help_text="Whether there is feedback, or what it last said; `unknown`: neither.",
    )

    LOOKUPS = {
        "status": "inference__status",
        "min_score": "inference__score__gte",
        "max_score": "inference__score__lte",
        "since": "created_at__gte",
        "until": "created_at__lt",
    }

    def apply(self, predictions: PredictionQuerySet) -> PredictionQuerySet:
        """Raises ValidationError, with a message for each invalid parameter."""
        self.is_valid(raise_exception=True)
        asked = dict(self.validated_data)
        search, label = asked.pop("search", None), asked.pop("label", None)
        feedback = asked.pop("feedback", None)
        if search is not None:
            predictions = predictions.filter(shows(search.strip()))
        if feedback is not None:
            predictions = predictions.filter(said(feedback))
        if label is not None:
            column = "synset" if label[:1] == "n" and label[1:].isdigit() else "label"
            predictions = predictions.filter(**{f"inference__{column}": label})
        return predictions.filter(**{self.LOOKUPS[name]: value for name, value in asked.items()})


def shows(words: str) -> Q:
    """That the answer is a class with these words, or the file name has them."""
    synsets = [found.synset for found in matching(words)]
    return Q(inference__synset__in=synsets) | Q(file_name__icontains=words)


def said(feedback: str) -> Q:
    # Not joins: what was said twice would list its picture twice.
    if feedback in ("given", "none"):
        given = Q(pk__in=Prediction.objects.filter(feedback__isnull=False).values("pk"))
        return given if feedback == "given" else ~given
    if feedback == "unknown":
        return ~(said("right") | said("wrong"))
    later = Prediction.objects.filter(pk=OuterRef("pk"), feedback__pk__gt=OuterRef("feedback__pk"))
    last = Prediction.objects.filter(~Exists(later), feedback__correct=feedback == "right")
    return Q(pk__in=last.values("pk"))
