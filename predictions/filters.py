"""Which predictions of a history are asked for, the same way for the API and the pages."""

from typing import Any

from django.db.models import Q, QuerySet
from rest_framework import serializers

from predictions.models import Inference, Prediction


class HistoryFilter(serializers.Serializer[Any]):
    search = serializers.CharField(required=False, help_text="A part of the class name.")
    label = serializers.CharField(required=False, help_text="Exactly this class name or synset.")  # type: ignore[assignment]  # a field, not Field.label
    status = serializers.ChoiceField(Inference.Status.choices, required=False)
    min_score = serializers.FloatField(required=False, min_value=0, max_value=1)
    max_score = serializers.FloatField(required=False, min_value=0, max_value=1)
    since = serializers.DateTimeField(required=False, help_text="Asked at or after (ISO 8601).")
    until = serializers.DateTimeField(required=False, help_text="Asked before (ISO 8601).")
    feedback = serializers.ChoiceField(["given", "none"], required=False)

    LOOKUPS = {
        "status": "inference__status",
        "min_score": "inference__score__gte",
        "max_score": "inference__score__lte",
        "since": "created_at__gte",
        "until": "created_at__lt",
    }

    def apply(self, predictions: QuerySet[Prediction]) -> QuerySet[Prediction]:
        """Raises ValidationError, with a message for each invalid parameter."""
        self.is_valid(raise_exception=True)
        asked = dict(self.validated_data)
        search, label = asked.pop("search", None), asked.pop("label", None)
        feedback = asked.pop("feedback", None)
        if search is not None:
            written = search.strip().replace(" ", "_")
            predictions = predictions.filter(inference__label__icontains=written)
        if feedback is not None:
            # Not a join: what was said twice would list its picture twice.
            given = Q(pk__in=Prediction.objects.filter(feedback__isnull=False).values("pk"))
            predictions = predictions.filter(given if feedback == "given" else ~given)
        if label is not None:
            column = "synset" if label[:1] == "n" and label[1:].isdigit() else "label"
            predictions = predictions.filter(**{f"inference__{column}": label})
        return predictions.filter(**{self.LOOKUPS[name]: value for name, value in asked.items()})
