"""What a worker does for a classifier, as the API tells of it."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from foundation.web import fields
from learning.background import BackgroundWork
from learning.models import STAGES, Archive, Outcome


class WorkSerializer(serializers.Serializer[Any]):
    """How far it is."""

    id = serializers.UUIDField()
    status = serializers.ChoiceField(BackgroundWork.Status.choices)
    stage = serializers.CharField(help_text=f"The last step: {', '.join(STAGES)}.")
    says = serializers.SerializerMethodField(help_text="The same in words; empty once it ended.")
    done = serializers.IntegerField(source="stage_done", help_text="Of this step.")
    total = serializers.IntegerField(source="stage_total", help_text="0: not known.")
    error = serializers.CharField(help_text="Why it failed; mostly empty.")
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)

    def get_says(self, work: BackgroundWork) -> str:
        return str(STAGES.get(work.stage, work.stage)) if work.is_unfinished else ""


class RefusedEntrySerializer(serializers.Serializer[Any]):
    file_name = serializers.CharField(help_text="Its path in the archive.")
    detail = serializers.CharField()


class ArchiveFileSerializer(serializers.Serializer[Any]):
    archive = serializers.FileField(
        help_text="A ZIP file with a folder for each class. Its name ends with .zip."
    )


class ArchiveSerializer(WorkSerializer):
    """A ZIP file whose pictures become examples."""

    file_name = serializers.CharField()
    added = serializers.IntegerField(help_text="New examples.")
    known = serializers.IntegerField(help_text="Pictures that their classes had already.")
    refused_number = serializers.IntegerField(help_text="Files that could not be used.")
    refused = serializers.SerializerMethodField(help_text="The first hundred of them, and why.")

    @extend_schema_field(RefusedEntrySerializer(many=True))
    def get_refused(self, archive: Archive) -> list[dict[str, str]]:
        return [{"file_name": name, "detail": why} for name, why in archive.refused]


class StartTrainingSerializer(serializers.Serializer[Any]):
    deeper = fields.BooleanField(
        default=False,
        help_text="The last blocks of the network learn, too. That takes minutes, and may be "
        "better with many pictures.",
    )


class TrainingSerializer(WorkSerializer):
    """A training, without its figures."""

    deeper = serializers.BooleanField(help_text="The network's last blocks learn, too.")
    examples = serializers.IntegerField(help_text="Pictures that it learned from.")
    version = serializers.IntegerField(
        source="version_id",
        allow_null=True,
        help_text="The id of what came of it; learning the same again gives the same version.",
    )


class TrainingWithFiguresSerializer(TrainingSerializer):
    """A training."""

    deleted = serializers.IntegerField(help_text="Pictures of these deleted since.")
    figures = serializers.JSONField(help_text="How well it learned; empty until it is done.")
    comparison = serializers.JSONField(
        help_text="How it compares with the version in use (`with`, `first`), on pictures that "
        "neither had learned from; empty if none was in use."
    )


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
