"""Strict fields of the API: values of another JSON type are refused, not converted."""

from collections.abc import Mapping
from typing import Any, TypeVar

from django.db import models
from rest_framework import serializers
from rest_framework.utils.html import is_html_input

Row = TypeVar("Row", bound=models.Model)


class CharField(serializers.CharField):
    """A string. Django REST framework also accepts numbers and converts them.

    A password sent as the number 1e5 would become `100000.0`. It also treats an empty field of a
    form as missing.
    """

    def get_value(self, dictionary: Mapping[str, Any]) -> Any:
        value = super().get_value(dictionary)
        if value is serializers.empty and dictionary.get(str(self.field_name)) == "":
            return ""
        return value

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class EmailField(CharField, serializers.EmailField):
    pass


class FloatField(serializers.FloatField):
    """A number. Python treats `true` as 1."""

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)


class BooleanField(serializers.BooleanField):
    """`true` or `false`. In a form, where everything is text, also "on" or "0" and the like."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool) and not is_html_input(self.root.initial_data):
            self.fail("invalid", input=data)
        return super().to_internal_value(data)


class ModelSerializer(serializers.ModelSerializer[Row]):
    """Gives a model's columns these fields."""

    serializer_field_mapping = {
        **serializers.ModelSerializer.serializer_field_mapping,
        models.BooleanField: BooleanField,
        models.CharField: CharField,
        models.TextField: CharField,
    }
