"""Examples as the API reads and writes them."""

from typing import Any

from django.urls import reverse
from rest_framework import serializers

from foundation.web import fields
from learning.classes import checked
from learning.models import Example
from learning.refusals import TeachingRefused


class ClassField(fields.CharField):
    """What a class is called: its name or key."""

    def __init__(self, **kwargs: Any) -> None:
        says = "The name or the key of the class. One that is missing is added."
        super().__init__(help_text=says, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        try:
            return checked(super().to_internal_value(data))
        except TeachingRefused as error:
            raise serializers.ValidationError(str(error)) from error


class ExampleSerializer(serializers.ModelSerializer[Example]):
    """A picture that shows a class."""

    file_name = serializers.CharField(help_text="As the file was called.")
    problem = serializers.CharField(help_text="Why nothing can be learned from it, mostly empty.")
    twin = serializers.IntegerField(
        source="twin_id", allow_null=True, help_text="Another example that looks nearly the same."
    )
    confirmed = serializers.SerializerMethodField(
        help_text="Somebody looked again, and the class is right."
    )
    prediction = serializers.UUIDField(
        source="prediction_id", allow_null=True, help_text="If it was picked from a history."
    )
    image = serializers.SerializerMethodField(help_text="Address of the picture.")

    class Meta:
        model = Example
        fields = ["id", *("file_name", "problem", "twin", "confirmed", "prediction", "image")]
        fields += ["created_at"]

    def get_fields(self) -> dict[str, Any]:
        # Not among the attributes: `class` cannot be one.
        key = serializers.CharField(
            source="taught_class.key", read_only=True, help_text="The key of its class."
        )
        first, *others = super().get_fields().items()
        return dict([first, ("class", key), *others])

    def get_confirmed(self, example: Example) -> bool:
        return example.confirmed_at is not None

    def get_image(self, example: Example) -> str:
        return reverse("teaching-image", args=[self.context["classifier"].name, example.pk])


class ExamplesFilter(serializers.Serializer[Any]):
    def get_fields(self) -> dict[str, Any]:
        key = serializers.CharField(required=False, help_text="Only of the class with this key.")
        return {"class": key}


class InClassSerializer(serializers.Serializer[Any]):
    def get_fields(self) -> dict[str, Any]:
        return {**super().get_fields(), "class": ClassField()}


class FromHistorySerializer(InClassSerializer):
    """A picture that was classified before."""

    prediction = serializers.UUIDField(help_text="The id of a prediction in your history.")


class ExampleFilesSerializer(InClassSerializer):
    """Pictures of one class."""

    file = serializers.ListField(
        child=serializers.FileField(),
        min_length=1,
        help_text="Up to 1000 parts, all called `file`; each is accepted or refused on its own.",
    )


class TakenSerializer(serializers.Serializer[Any]):
    """A picture that was accepted, or one that was refused and why."""

    status = serializers.ChoiceField(["accepted", "refused"])
    file_name = serializers.CharField()
    id = serializers.IntegerField(required=False)
    url = serializers.CharField(required=False)
    detail = serializers.CharField(required=False, help_text="Why it was refused.")


class ExampleChangeSerializer(serializers.Serializer[Any]):
    """What is to change."""

    confirmed = fields.BooleanField(
        required=False,
        help_text="Somebody has looked: the class is right, and no other is suggested.",
    )

    def get_fields(self) -> dict[str, Any]:
        return {"class": ClassField(required=False), **super().get_fields()}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs:
            raise serializers.ValidationError({"class": ["Send class, confirmed or both."]})
        return attrs
