"""Versions of classifiers and their classes as the API writes them."""

from typing import Any

from django.conf import settings
from rest_framework import serializers

from predictions.classifiers import Classifier, ModelVersion
from predictions.registry.routing import share_of


class ModelSerializer(serializers.Serializer[Any]):
    """The model that answers new pictures."""

    name = serializers.CharField()
    version = serializers.CharField()
    title = serializers.CharField(source="manifest.title")
    precision = serializers.CharField()
    input_size = serializers.IntegerField(source="manifest.input_size", help_text="Pixels a side.")
    classes = serializers.IntegerField(source="manifest.classes")
    engine = serializers.SerializerMethodField(help_text="What runs it: openvino or tensorflow.")
    licence = serializers.CharField(source="manifest.licence")

    def get_engine(self, model: ModelVersion) -> str:
        return settings.CLASSIFIER_ENGINE


class LabelSerializer(serializers.Serializer[Any]):
    index = serializers.IntegerField(help_text="The model's output, from 0.")
    synset = serializers.CharField()
    name = serializers.CharField()


class ClassSerializer(serializers.Serializer[Any]):
    """A class of a classifier."""

    index = serializers.IntegerField(help_text="The champion's output, from 0.")
    key = serializers.CharField(help_text="No other class of the classifier has it.")
    name = serializers.CharField()
    synset = serializers.CharField(help_text="WordNet's id; empty if it has none.")


class VersionSerializer(serializers.ModelSerializer[ModelVersion]):
    """A version of a classifier."""

    id = serializers.IntegerField(help_text="As in answers; the same in every role.")
    title = serializers.CharField()
    agreement = serializers.FloatField(
        allow_null=True,
        help_text="Share of the answers of f32 that its network gives in its precision, 0 to 1, as "
        "measured when it was prepared; null if that was not measured.",
    )
    classes = serializers.IntegerField(source="manifest.classes")

    class Meta:
        model = ModelVersion
        fields = [
            *("id", "name", "version", "title", "precision", "agreement", "classes"),
            "created_at",
        ]


class VersionForStaffSerializer(VersionSerializer):
    """With what the version does at present."""

    # Not said to be read-only, or the schema would require it of everybody's answer.
    share = serializers.IntegerField(
        required=False, help_text="Of the people whom it answers, percent."
    )

    class Meta(VersionSerializer.Meta):
        fields = [*VersionSerializer.Meta.fields, "role", "share"]

    def to_representation(self, version: ModelVersion) -> dict[str, Any]:
        return {
            **super().to_representation(version),
            "share": share_of(version, self.context["versions"]),
        }


def champion_in(classifier: Classifier) -> ModelVersion | None:
    """Among its versions, which are prefetched."""
    return next(iter(classifier.champions), None)  # type: ignore[attr-defined]
