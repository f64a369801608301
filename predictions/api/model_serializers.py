"""Classifiers, their versions and their classes as the API reads and writes them."""

from typing import Any, cast

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from foundation.web import fields
from predictions.classifiers import Classifier, ModelVersion
from predictions.registry.routing import share_of

NOTHING_SENT = "Send threshold, class_thresholds or both."


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
    classes = serializers.IntegerField(source="manifest.classes")

    class Meta:
        model = ModelVersion
        fields = ["id", "name", "version", "title", "precision", "classes", "created_at"]


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


class ClassifierSerializer(serializers.ModelSerializer[Classifier]):
    """A classifier, and what answers those who take part in no experiment of it."""

    champion = serializers.SerializerMethodField(help_text="Null until one was promoted.")
    labels = serializers.SerializerMethodField(help_text="How many classes the champion knows.")
    threshold = serializers.FloatField(
        source="usual_threshold", help_text="Answers with a lower probability are not `confident`."
    )
    class_thresholds = serializers.DictField(
        child=serializers.FloatField(), help_text="Thresholds of single classes, by their keys."
    )

    class Meta:
        model = Classifier
        fields = ["name", "title", "champion", "labels", "threshold", "class_thresholds"]

    @extend_schema_field(VersionSerializer(allow_null=True))
    def get_champion(self, classifier: Classifier) -> dict[str, Any] | None:
        champion = champion_in(classifier)
        return None if champion is None else VersionSerializer(champion).data

    def get_labels(self, classifier: Classifier) -> int:
        champion = champion_in(classifier)
        return 0 if champion is None else int(champion.manifest["classes"])


def champion_in(classifier: Classifier) -> ModelVersion | None:
    """Among its versions, which are prefetched."""
    return next(iter(classifier.champions), None)  # type: ignore[attr-defined]


class ByClass(serializers.DictField):
    """Probabilities by class; what is wrong with them is said in a list, as of other fields."""

    child = fields.FloatField(min_value=0, max_value=1)

    def run_child_validation(self, data: Any) -> dict[str, float]:
        try:
            return super().run_child_validation(data)
        except ValidationError as error:
            wrong = cast(dict[str, list[str]], error.detail)
            raise ValidationError([f"{key}: {said[0]}" for key, said in wrong.items()]) from error


class ThresholdsSerializer(serializers.Serializer[Any]):
    """What is to change; `class_thresholds` replaces all that there were."""

    threshold = fields.FloatField(
        required=False,
        allow_null=True,
        min_value=0,
        max_value=1,
        help_text="Null: that of the service, `UNSURE_BELOW`.",
    )
    class_thresholds = ByClass(required=False, help_text="By the keys of its classes.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs:
            raise ValidationError({"threshold": [NOTHING_SENT]})
        return attrs
