"""Which predictions of a history are asked for, the same way for the API and the pages."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from predictions.models import Inference, Prediction


class HistoryFilter(serializers.Serializer[Any]):
    label = serializers.CharField(required=False, help_text="Exactly this class name or synset.")  # type: ignore[assignment]  # a field, not Field.label
    status = serializers.ChoiceField(Inference.Status.choices, required=False)
    min_score = serializers.FloatField(required=False, min_value=0, max_value=1)
    max_score = serializers.FloatField(required=False, min_value=0, max_value=1)
    since = serializers.DateTimeField(required=False, help_text="Asked at or after (ISO 8601).")
    until = serializers.DateTimeField(required=False, help_text="Asked before (ISO 8601).")

    LOOKUPS = {
        "status": "inference__status",
        "min_score": "inference__score__gte",
        "max_score": "inference__score__lte",
        "since": "created_at__gte",
        "until": "created_at__lt",
    }

    def apply(self, predictions: QuerySet[Prediction]) -> QuerySet[Prediction]:
        """Raises ValidationError, with a sentence for each parameter that makes no sense."""
        self.is_valid(raise_exception=True)
        asked = dict(self.validated_data)
        label = asked.pop("label", None)
        if label is not None:
            column = "synset" if label[:1] == "n" and label[1:].isdigit() else "label"
            predictions = predictions.filter(**{f"inference__{column}": label})
        return predictions.filter(**{self.LOOKUPS[name]: value for name, value in asked.items()})
