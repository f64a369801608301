"""Predictions as the API writes them."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from predictions.bulk.models import STATUSES, BulkEntry
from predictions.classifiers import ModelVersion
from predictions.inference.ranking import key_of
from predictions.models import Inference, Prediction

ENTRY_STATUSES = [*Inference.Status.choices, ("refused", "Refused")]


class TopKSerializer(serializers.Serializer[Any]):
    label = serializers.CharField()  # type: ignore[assignment]  # a field, not Field.label
    synset = serializers.CharField(help_text="WordNet's id, if the class has one.")
    score = serializers.FloatField(help_text="Probability, rounded to four places.")
    key = serializers.CharField(help_text="Of the class, among those of its classifier.")


def top_k(inference: Inference, context: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The best classes: as many as `context` says, or the contract's five."""
    best = inference.ranking[: context.get("top_k", Inference.TOP_K)]
    return [entry | {"score": round(entry["score"], 4), "key": key_of(entry)} for entry in best]


class ModelNameSerializer(serializers.Serializer[Any]):
    """The version that answers."""

    name = serializers.CharField()
    version = serializers.CharField()
    id = serializers.IntegerField(help_text="Of the version, whatever its role is by now.")
    classifier = serializers.CharField(source="classifier.name")


def model_name(version: ModelVersion) -> dict[str, Any]:
    """The same; field by field DRF takes longer for it than for all else of a response."""
    return {
        "name": version.name,
        "version": version.version,
        "id": version.pk,
        "classifier": version.classifier.name,
    }


CONFIDENT = "Whether the score reaches the threshold of its classifier."


class AnswerSerializer(serializers.Serializer[Any]):
    """What `POST /model/predict` answers: the predecessor's four fields, and more."""

    success = serializers.BooleanField(default=True)
    prediction = serializers.CharField()
    score = serializers.FloatField(help_text="Probability, rounded to four places.")
    image_file_name = serializers.CharField(help_text="MD5 of the content, with its ending.")
    id = serializers.UUIDField()
    top_k = TopKSerializer(many=True)
    model = ModelNameSerializer()
    cached = serializers.BooleanField(help_text="The answer was known already.")
    confident = serializers.BooleanField(help_text=CONFIDENT)

    def to_representation(self, prediction: Prediction) -> dict[str, Any]:
        inference = prediction.inference
        return {
            "success": True,
            "prediction": inference.label,
            "score": round(inference.score or 0.0, 4),
            "image_file_name": prediction.image_file_name,
            "id": str(prediction.id),
            "top_k": top_k(inference, self.context),
            "model": model_name(inference.model_version),
            "cached": prediction.cached,
            "confident": inference.is_confident,
        }


class PredictionSerializer(serializers.Serializer[Any]):
    """One request and the state of its answer."""

    id = serializers.UUIDField()
    status = serializers.ChoiceField(Inference.Status.choices, source="inference.status")
    prediction = serializers.SerializerMethodField(help_text="Null until done.")
    score = serializers.SerializerMethodField(help_text="Null until done.")
    top_k = serializers.SerializerMethodField(help_text="Empty until done.")
    error = serializers.SerializerMethodField(help_text="Why it failed; null otherwise.")
    model = ModelNameSerializer(source="inference.model_version")
    cached = serializers.BooleanField()
    file_name = serializers.CharField(help_text="As the uploaded file was called.")
    image_file_name = serializers.CharField()
    image = serializers.SerializerMethodField(help_text="Address of the picture.")
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(source="answered_at", allow_null=True)
    confident = serializers.SerializerMethodField(help_text=f"{CONFIDENT} Null until done.")
    may_improve_service = serializers.BooleanField(
        source="may_improve", help_text="As it was said when the picture was sent."
    )

    def get_prediction(self, prediction: Prediction) -> str | None:
        return prediction.inference.label or None

    def get_score(self, prediction: Prediction) -> float | None:
        score = prediction.inference.score
        return None if score is None else round(score, 4)

    def get_confident(self, prediction: Prediction) -> bool | None:
        inference = prediction.inference
        return inference.is_confident if inference.status == Inference.Status.DONE else None

    @extend_schema_field(TopKSerializer(many=True))
    def get_top_k(self, prediction: Prediction) -> list[dict[str, Any]]:
        return top_k(prediction.inference, self.context)

    def get_error(self, prediction: Prediction) -> str | None:
        return prediction.inference.error or None

    def get_image(self, prediction: Prediction) -> str:
        return reverse("prediction-image", args=[prediction.pk])


class AcceptedSerializer(serializers.Serializer[Any]):
    """A picture that was accepted, or one that was refused and why."""

    id = serializers.UUIDField(required=False)
    status = serializers.ChoiceField(ENTRY_STATUSES)
    url = serializers.CharField(required=False)
    file_name = serializers.CharField()
    detail = serializers.CharField(required=False, help_text="Why it was refused.")


class BulkEntrySerializer(serializers.Serializer[Any]):
    """A file of a bulk request, and its answer when there is one."""

    id = serializers.UUIDField(required=False)
    status = serializers.ChoiceField(ENTRY_STATUSES)
    url = serializers.CharField(required=False)
    file_name = serializers.CharField()
    prediction = serializers.CharField(required=False)
    score = serializers.FloatField(required=False)
    top_k = TopKSerializer(many=True, required=False)
    model = ModelNameSerializer(required=False)
    confident = serializers.BooleanField(required=False, help_text=CONFIDENT)
    detail = serializers.CharField(required=False, help_text="Why it was refused, or failed.")

    def to_representation(self, entry: BulkEntry) -> dict[str, Any]:
        said: dict[str, Any] = {"status": entry.status, "file_name": entry.file_name}
        prediction = entry.prediction
        if prediction is None:
            return said | {"detail": entry.detail}
        inference = prediction.inference
        said |= {"id": str(prediction.pk), "url": reverse("prediction", args=[prediction.pk])}
        if inference.status == Inference.Status.DONE:
            said |= {"prediction": inference.label, "score": round(inference.score or 0.0, 4)}
            said["top_k"] = top_k(inference, self.context)
            said["model"] = model_name(inference.model_version)
            said["confident"] = inference.is_confident
        elif inference.error:
            said["detail"] = inference.error
        return said


class BulkSerializer(serializers.Serializer[Any]):
    """How far a bulk request is."""

    id = serializers.UUIDField()
    created_at = serializers.DateTimeField()
    total = serializers.IntegerField(help_text="Without what was deleted since.")
    counts = serializers.DictField(
        child=serializers.IntegerField(), help_text="By status: " + ", ".join(STATUSES) + "."
    )
    percent = serializers.IntegerField(help_text="Of the total that is done, failed or refused.")
    entries = BulkEntrySerializer(many=True)


class UploadSerializer(serializers.Serializer[Any]):
    file = serializers.FileField(
        help_text=".png .jpg .jpeg .gif .webp .heic .heif .avif, at most 10 MB"
    )


class UploadsSerializer(serializers.Serializer[Any]):
    file = serializers.ListField(
        child=serializers.FileField(),
        min_length=1,
        help_text="Up to 1000 parts, all called `file`; each is accepted or refused on its own.",
    )
