"""The errors every endpoint shares, as /schema, /docs and /redoc show them."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from accounts.pagination import LIMIT
from accounts.serializers import DetailSerializer


class BearerScheme(OpenApiAuthenticationExtension):
    target_class = "accounts.authentication.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "The access token of `POST /login`, or an API token (`ic_…`), which "
            "people make on their account page. It is good until it expires or is revoked, and for "
            "what its scopes allow: `predict` sends pictures, gets their answers and deletes them, "
            "`read` reads all that is the person's, `feedback` gives feedback.",
        }


def error(description: str, detail: str) -> OpenApiResponse:
    """An error and the sentence it says."""
    return OpenApiResponse(
        DetailSerializer,
        description,
        examples=[OpenApiExample(description, {"detail": detail}, response_only=True)],
    )


FIELDS = {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}}


def invalid(description: str, field: str, detail: str) -> OpenApiResponse:
    """What is wrong, field by field, or in a sentence about the whole body."""
    return OpenApiResponse(
        {"oneOf": [FIELDS, {"$ref": "#/components/schemas/Detail"}]},
        description,
        examples=[
            OpenApiExample(description, {field: [detail]}, response_only=True),
            OpenApiExample(
                "Not understood at all",
                {"detail": "JSON parse error - Expecting value: line 1 column 1 (char 0)"},
                response_only=True,
            ),
        ],
    )


USER_EXAMPLE = OpenApiExample(
    "A person",
    {
        "id": 7,
        "email": "ada@example.com",
        "username": "Ada",
        "created_at": "2026-11-23T09:30:00Z",
    },
    response_only=True,
)
NOT_ALLOWED = "You do not have permission to perform this action."  # DRF's
UNAUTHORISED = error("No valid token", "Authentication credentials were not provided.")
NO_SUCH_LIMIT = invalid("A limit that is no number", "limit", LIMIT)
NO_SUCH_PAGE = error("A cursor that no Link gave", "Invalid cursor")
NEXT_PAGE = OpenApiParameter(
    "Link",
    str,
    OpenApiParameter.HEADER,
    response=[200],
    description='The next page, with `rel="next"`; none on the last (RFC 8288).',
)


def describe_deletion(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """The body of DELETE /users/{id}: drf-spectacular describes none of a DELETE.

    A postprocessing hook of it.
    """
    body = {
        "application/json": {
            "schema": {
                "type": "object",
                "properties": {
                    "current_password": {
                        "type": "string",
                        "writeOnly": True,
                        "description": "Yours, to delete your own account.",
                    }
                },
            },
            "examples": {"Oneself": {"value": {"current_password": "correct horse"}}},
        }
    }
    for path in ("/users/{id}", "/user/{id}"):
        result["paths"][path]["delete"]["requestBody"] = {"content": body}
    return result
