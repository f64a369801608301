"""How /schema, /docs and /redoc describe signing in, and deleting an account."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample


class BearerScheme(OpenApiAuthenticationExtension):
    target_class = "accounts.authentication.BearerAuthentication"
    name = "bearer"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "The access token of `POST /login`, or an API token (`ic_…`), which "
            "people create on their account page. It is valid until it expires or is revoked, for "
            "what its scopes allow: `predict` sends pictures, gets their answers and deletes "
            "them, `read` reads all that is the person's, `feedback` gives feedback, `teach` "
            "teaches classifiers.",
        }


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


def describe_deletion(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """The body of DELETE /users/{id}: drf-spectacular omits bodies of DELETE.

    A postprocessing hook.
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
