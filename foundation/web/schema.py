"""The errors that all endpoints share, as /schema, /docs and /redoc show them."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from foundation.web.pagination import LIMIT


class DetailSerializer(serializers.Serializer[Any]):
    """An error: one message, and a word that stays when the message changes."""

    detail = serializers.CharField()
    code = serializers.CharField()


def error(description: str, detail: str, code: str = "") -> OpenApiResponse:
    """An error and its message; its code is that of the status unless told."""
    said = {"detail": detail} | ({"code": code} if code else {})
    return OpenApiResponse(
        DetailSerializer,
        description,
        examples=[OpenApiExample(description, said, response_only=True)],
    )


FIELDS = {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}}


def invalid(description: str, field: str, detail: str) -> OpenApiResponse:
    """The errors, by field or as a message about the whole body."""
    return OpenApiResponse(
        {"oneOf": [FIELDS, {"$ref": "#/components/schemas/Detail"}]},
        description,
        examples=[
            OpenApiExample(description, {field: [detail]}, response_only=True),
            OpenApiExample(
                "Not parseable",
                {"detail": "JSON parse error - Expecting value: line 1 column 1 (char 0)"},
                response_only=True,
            ),
        ],
    )


UNAUTHORISED = error("No valid token", "Authentication credentials were not provided.")


NO_SUCH_LIMIT = invalid("A limit that is not a number", "limit", LIMIT)


NO_SUCH_PAGE = error("An invalid cursor", "Invalid cursor")


NEXT_PAGE = OpenApiParameter(
    "Link",
    str,
    OpenApiParameter.HEADER,
    response=[200],
    description='The next page, with `rel="next"`; none on the last (RFC 8288).',
)
