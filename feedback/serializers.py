"""Feedback as the API reads and writes it."""

from typing import Any

from rest_framework import serializers

from feedback import services
from feedback.models import Feedback
from foundation.web import fields


class FeedbackSerializer(fields.ModelSerializer[Feedback]):
    # The predecessor's four fields, all of which its clients send.
    feedback = fields.CharField(max_length=2000, allow_blank=True)
    score = fields.FloatField(min_value=0, max_value=1)
    prediction_id = serializers.UUIDField(read_only=True, allow_null=True)

    class Meta:
        model = Feedback
        fields = [
            "id",
            "feedback",
            "score",
            "predicted_class",
            "image_file_name",
            "correct",
            "label",
            "prediction_id",
            "created_at",
        ]
        read_only_fields = ["id", "created_at"]

    def create(self, validated_data: dict[str, Any]) -> Feedback:
        user = self.context["request"].user
        return Feedback.objects.create(
            user=user,
            prediction=services.find_prediction(user, validated_data["image_file_name"]),
            **validated_data,
        )
