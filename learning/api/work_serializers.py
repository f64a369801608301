"""What a worker does for a classifier, as the API tells of it."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from learning.background import BackgroundWork
from learning.models import Archive, Package
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


class PackageFileSerializer(serializers.Serializer[Any]):
    archive = serializers.FileField(
        help_text="A ZIP file as it was exported. Its name ends with .zip."
    )


class PackageSerializer(WorkSerializer):
    """A version as a ZIP file: written to be taken away, or brought."""

    file_name = serializers.CharField()
    is_import = serializers.BooleanField(help_text="It was brought.")
    version = serializers.IntegerField(
        source="version_id", allow_null=True, help_text="The id of the version, once it is there."
    )
    file = serializers.SerializerMethodField(help_text="Where the file is, while it is there.")
    kept_until = serializers.SerializerMethodField()

    def get_file(self, package: Package) -> str | None:
        if not package.is_there:
            return None
        return reverse("package-file", args=[package.classifier.name, package.pk])

    def get_kept_until(self, package: Package) -> datetime | None:
        return package.kept_until if package.is_there else None
