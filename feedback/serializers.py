"""Feedback as the API reads and writes it."""

from typing import Any
from uuid import UUID

from rest_framework import serializers

from feedback import services
from feedback.models import Feedback
from foundation.web import fields


class FeedbackSerializer(fields.ModelSerializer[Feedback]):
    # The predecessor's four fields, all of which its clients send.
    feedback = fields.CharField(max_length=2000, allow_blank=True)
    score = fields.FloatField(min_value=0, max_value=1)
    prediction_id = serializers.SerializerMethodField()
    classifier: serializers.SlugRelatedField[Any] = serializers.SlugRelatedField(
        slug_field="name",
        read_only=True,
        allow_null=True,
        help_text="Whose answer it is about, if that is known.",
    )

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
            "classifier",
            "class_key",
        ]
        read_only_fields = ["id", "created_at", "class_key"]

    def get_prediction_id(self, feedback: Feedback) -> UUID | None:
        """None while the prediction is in the trash: at its address there is nothing then."""
        prediction = feedback.prediction
        return prediction.pk if prediction and not prediction.deleted_at else None

    def create(self, validated_data: dict[str, Any]) -> Feedback:
        said = Feedback(user=self.context["request"].user, **validated_data)
        said.prediction = services.find_prediction(
            said.user, said.image_file_name, said.predicted_class
        )
        services.keep(said)
        return said


class Verdict(fields.BooleanField):
    """One that a form may leave out; REST framework takes that for false."""

    default_empty_html = serializers.empty


class AnswerFeedbackSerializer(serializers.Serializer[Any]):
    """What is said of one prediction, whose other fields the service knows."""

    correct = Verdict(required=False, help_text="Left out, it follows from the label.")
    label = fields.CharField(  # type: ignore[assignment]  # a field, not Field.label
        required=False, max_length=200, help_text="What the picture shows: a class or other words."
    )
    feedback = fields.CharField(
        required=False, max_length=2000, allow_blank=True, help_text="In your own words."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Raises ValidationError without a verdict, or with two that contradict each other."""
        label, correct = attrs.get("label"), attrs.get("correct")
        if label is None and correct is None:
            raise serializers.ValidationError({"correct": ["Send correct, label or both."]})
        inference = self.context["prediction"].inference
        is_answer = label is not None and services.names_answer(inference, label)
        if correct and label and not is_answer:
            raise serializers.ValidationError(
                {"label": [f"The answer is {inference.label}: it is not correct, then."]}
            )
        return attrs | {"correct": is_answer if correct is None else correct}

    def save(self, **kwargs: Any) -> Feedback:
        said = self.validated_data
        return services.give_feedback(
            self.context["prediction"],
            correct=said["correct"],
            label=said.get("label", ""),
            text=said.get("feedback"),
        )
