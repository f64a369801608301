"""What a worker does for a classifier, as the API tells of it."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from learning.background import BackgroundWork, Unpacking, Written
from learning.stages import STAGES


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


class UnpackingSerializer(WorkSerializer):
    """A ZIP file whose pictures are taken one by one."""

    file_name = serializers.CharField()
    refused_number = serializers.IntegerField(help_text="Files that could not be used.")
    refused = serializers.SerializerMethodField(help_text="The first hundred of them, and why.")

    @extend_schema_field(RefusedEntrySerializer(many=True))
    def get_refused(self, work: Unpacking) -> list[dict[str, str]]:
        return [{"file_name": name, "detail": why} for name, why in work.refused]


class ArchiveSerializer(UnpackingSerializer):
    """A ZIP file whose pictures become examples."""

    added = serializers.IntegerField(help_text="New examples.")
    known = serializers.IntegerField(help_text="Pictures that their classes had already.")


class PackageFileSerializer(serializers.Serializer[Any]):
    archive = serializers.FileField(
        help_text="A ZIP file as it was exported. Its name ends with .zip."
    )


class WrittenSerializer(WorkSerializer):
    """A file that can be taken away, from the view called `file_view`."""

    file_view: str
    file_name = serializers.CharField()
    file = serializers.SerializerMethodField(help_text="Where the file is, while it is there.")
    kept_until = serializers.SerializerMethodField()

    def get_file(self, work: Any) -> str | None:
        if not work.is_there:
            return None
        return reverse(self.file_view, args=[work.classifier.name, work.pk])

    def get_kept_until(self, work: Written) -> datetime | None:
        return work.kept_until if work.is_there else None


class PackageSerializer(WrittenSerializer):
    """A version as a ZIP file: written to be taken away, or brought."""

    file_view = "package-file"
    is_import = serializers.BooleanField(help_text="It was brought.")
    version = serializers.IntegerField(
        source="version_id", allow_null=True, help_text="The id of the version, once it is there."
    )
