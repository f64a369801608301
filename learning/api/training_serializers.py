"""Trainings as the API tells of them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from foundation.web import fields
from learning.api.work_serializers import WorkSerializer
from learning.models import Outcome, Training
from predictions.api.comparison_serializers import PairedSerializer
from predictions.registry.label_sets import labels_of


class PointSerializer(serializers.Serializer[Any]):
    """What fewer pictures would have reached."""

    pictures = serializers.IntegerField(help_text="Of each class.")
    accuracy = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()


class FiguresSerializer(serializers.Serializer[Any]):
    """All of pictures that were left out while what judged them was learned. Shares are 0 to 1;
    null where too few pictures say anything.
    """

    right = serializers.IntegerField(help_text="Pictures.")
    of = serializers.IntegerField(help_text="Pictures that could be judged.")
    accuracy = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True, help_text="Of Wilson's 95 % interval.")
    high = serializers.FloatField(allow_null=True)
    baseline = serializers.FloatField(help_text="What always saying the largest class reaches.")
    calibration_error = serializers.FloatField(allow_null=True)
    confusion = serializers.ListField(
        child=serializers.ListField(child=serializers.IntegerField()),
        help_text="Pictures: a row for each class they are in, a column for each class they were "
        "taken for.",
    )
    recalls = serializers.ListField(
        child=serializers.FloatField(allow_null=True), help_text="By the class they are in."
    )
    curve = PointSerializer(many=True)
    accepted = serializers.FloatField(
        allow_null=True, help_text="Pictures of a class that are not called none of these."
    )


class TrainingComparisonSerializer(PairedSerializer):
    """The version in use (`first`) and the new one (`second`)."""

    def get_fields(self) -> dict[str, Any]:
        says = "The id of the version in use."
        return {"with": serializers.IntegerField(help_text=says), **super().get_fields()}


class StartTrainingSerializer(serializers.Serializer[Any]):
    deeper = fields.BooleanField(
        default=False,
        help_text="It learns on a larger network, which is tuned, too, if that helps. Mostly "
        "better, but takes minutes, and answers take longer.",
    )


class TrainingSerializer(WorkSerializer):
    """A training, without its figures."""

    deeper = serializers.BooleanField(help_text="It learned on a larger network.")
    examples = serializers.IntegerField(help_text="Pictures that it learned from.")
    version = serializers.IntegerField(
        source="version_id",
        allow_null=True,
        help_text="The id of what came of it; learning the same again gives the same version.",
    )


class TrainingWithFiguresSerializer(TrainingSerializer):
    """A training, with what it says of itself and of each class."""

    classes = serializers.SerializerMethodField(
        help_text="The keys of the version's classes: the columns of `confusion`, and its rows, "
        "which lack the last class if it was taught no picture. Empty until it is done."
    )
    deleted = serializers.IntegerField(help_text="Pictures of these deleted since.")
    figures = serializers.SerializerMethodField(help_text="Null until it is done.")
    comparison = serializers.SerializerMethodField(
        help_text="With the version in use, on the same pictures, which neither had learned from. "
        "Null if none was in use."
    )

    def get_classes(self, training: Training) -> list[str]:
        version = training.version
        return [label.key for label in labels_of(version.label_set_id)] if version else []

    @extend_schema_field(FiguresSerializer(allow_null=True))
    def get_figures(self, training: Training) -> dict[str, Any] | None:
        return training.figures or None

    @extend_schema_field(TrainingComparisonSerializer(allow_null=True))
    def get_comparison(self, training: Training) -> dict[str, Any] | None:
        return training.comparison or None


class OutcomesFilter(serializers.Serializer[Any]):
    truth = serializers.CharField(required=False, help_text="Of examples in the class of this key.")
    said = serializers.CharField(required=False, help_text="That were taken for this class.")
    suspects = serializers.BooleanField(
        required=False,
        default=False,
        help_text="Only those that are probably in the wrong class, and are still in it.",
    )


class OutcomeSerializer(serializers.ModelSerializer[Outcome]):
    """What a training said of an example while it was left out."""

    example = serializers.IntegerField(
        source="example_id", allow_null=True, help_text="Null: it has been deleted since."
    )

    class Meta:
        model = Outcome
        fields = ["id", "example", "truth", "said", "score", "score_of_truth", "suggested"]
