"""Data sets as the API writes and reads them."""

from typing import Any

from django.conf import settings
from rest_framework import serializers

from foundation.web import fields
from learning.api.work_serializers import UnpackingSerializer, WrittenSerializer
from learning.data_sets.selection import BACKWARDS, NO_CLASS, key_of_class
from predictions.classifiers import ModelVersion


class DataSetExportSerializer(WrittenSerializer):
    """Verified pictures of a classifier, as a ZIP file to take away."""

    file_view = "api-data-set-file"
    version = serializers.IntegerField(
        source="version_id", allow_null=True, help_text="Only pictures that it answered."
    )
    since = serializers.DateField(allow_null=True)
    until = serializers.DateField(allow_null=True)
    only_sample = serializers.BooleanField()
    pictures = serializers.IntegerField(help_text="In the file.")
    without_consent = serializers.IntegerField(
        help_text="Left out, because somebody who sent them has not agreed."
    )
    lost = serializers.IntegerField(help_text="Left out, because their files are lost or damaged.")
    sha256 = serializers.CharField(
        help_text="Of pictures and labels: equal data sets have the same. Empty until it is done."
    )

    def get_fields(self) -> dict[str, Any]:
        # Not among the attributes: `class` cannot be one.
        key = serializers.CharField(source="class_key", help_text="Empty: all classes.")
        found: dict[str, Any] = super().get_fields()
        return {**found, "class": key}


class StartExportSerializer(serializers.Serializer[Any]):
    """Which verified pictures; all of the classifier, unless told."""

    version = serializers.IntegerField(
        allow_null=True, default=None, help_text="Only pictures that this version answered: its id."
    )
    since = serializers.DateField(
        allow_null=True, default=None, help_text="Reviewed on this day (UTC) or later."
    )
    until = serializers.DateField(
        allow_null=True, default=None, help_text="Reviewed on this day (UTC) or earlier."
    )
    only_sample = fields.BooleanField(default=False, help_text="Only the random sample.")

    def get_fields(self) -> dict[str, Any]:
        # Not among the attributes: `class` cannot be one.
        name = fields.CharField(
            default="",
            allow_blank=True,
            max_length=200,
            help_text="Only this class, by its key or name.",
        )
        return {"class": name, **super().get_fields()}

    def validate_class(self, text: str) -> str:
        """Its key."""
        key = key_of_class(self.context["classifier"], text, settings.LANGUAGE_CODE) if text else ""
        if key is None:
            raise serializers.ValidationError(NO_CLASS)
        return key

    def validate_version(self, pk: int | None) -> ModelVersion | None:
        if pk is None:
            return None
        versions = self.context["classifier"].versions.select_related("classifier")
        # What no id can be is none, too: it would not fit into the column.
        found: ModelVersion | None = versions.filter(pk=pk).first() if pk < 2**63 else None
        if found is None:
            raise serializers.ValidationError(f"This classifier has no version {pk}.")
        return found

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        """As `services.start_export` takes it."""
        since, until = asked["since"], asked["until"]
        if since and until and until < since:
            raise serializers.ValidationError({"until": [BACKWARDS]})
        asked["class_key"] = asked.pop("class")
        return asked


class DataSetImportSerializer(UnpackingSerializer):
    """A ZIP file whose labels become verified labels."""

    added = serializers.IntegerField(help_text="New verified labels.")
    known = serializers.IntegerField(help_text="Labels that were there already.")


class DataSetFileSerializer(serializers.Serializer[Any]):
    archive = serializers.FileField(help_text="The ZIP file of an export. Its name ends with .zip.")
