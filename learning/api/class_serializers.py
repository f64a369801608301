"""Taught classes as the API reads and writes them."""

from typing import Any

from rest_framework import serializers

from foundation.web import fields
from predictions.inference.label_files import LONGEST


class TaughtClassSerializer(serializers.Serializer[Any]):
    """A class that a classifier is taught."""

    key = serializers.CharField(
        help_text="Never changes; the key of the class in answers. The pictures of `none-of-these` "
        "show none of the other classes."
    )
    name = serializers.CharField()
    examples = serializers.IntegerField(
        source="number", help_text="Pictures that it can be learned from."
    )


class ClassNameSerializer(serializers.Serializer[Any]):
    name = fields.CharField(
        max_length=LONGEST,
        help_text="No other class of the classifier may have it. `None of these` is the class for "
        "pictures that show none of the others.",
    )
