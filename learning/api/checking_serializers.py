"""What to look at before training, as the API tells of it."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from rest_framework import serializers

from feedback.models import Feedback
from learning.corrections import shown
from learning.problems import Problem

KINDS = ["few", "unequal", "two-classes", "alike", "alike-in-two-classes", "unreadable"]
NOTHING_SENT = "Send ids, or all: true."


class ProblemSerializer(serializers.Serializer[Any]):
    """Something to look at before training."""

    kind = serializers.ChoiceField(KINDS)
    says = serializers.CharField()
    classes = serializers.ListField(child=serializers.CharField(), help_text="Their keys.")
    examples = serializers.ListField(
        child=serializers.IntegerField(), help_text="The ids of the pictures, the first 60."
    )

    def to_representation(self, problem: Problem) -> dict[str, Any]:
        return {
            "kind": problem.kind,
            "says": problem.says,
            "classes": [found.key for found in problem.classes],
            "examples": [example.pk for example in problem.examples],
        }


class CorrectionSerializer(serializers.Serializer[Any]):
    """What you said of an answer, which can become an example."""

    id = serializers.IntegerField(help_text="Of the feedback.")
    correct = serializers.BooleanField(allow_null=True)
    predicted_class = serializers.CharField()
    prediction = serializers.UUIDField(source="prediction_id")
    image = serializers.SerializerMethodField(help_text="Address of the picture.")
    created_at = serializers.DateTimeField()

    def get_fields(self) -> dict[str, Any]:
        shows = serializers.SerializerMethodField(
            method_name="get_shown", help_text="The name of the class that the picture shows."
        )
        first, *others = super().get_fields().items()
        return dict([first, ("class", shows), *others])

    def get_shown(self, said: Feedback) -> str:
        return shown(said, self.context["names"])

    def get_image(self, said: Feedback) -> str:
        return reverse("prediction-image", args=[said.prediction_id])


class TakeSerializer(serializers.Serializer[Any]):
    """Which of them to take."""

    ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1),
        required=False,
        allow_empty=False,
        max_length=settings.MAX_FILES,
    )
    all = serializers.BooleanField(
        required=False, help_text=f"The newest {settings.MAX_FILES:,} of them."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if bool(attrs.get("ids")) == bool(attrs.get("all")):
            raise serializers.ValidationError({"ids": [NOTHING_SENT]})
        return attrs
