"""How /schema, /docs and /redoc describe signing in, and deleting an account."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample


class BearerScheme(OpenApiAuthenticationExtension):
    target_class = "accounts.authentication.BearerAuthentication"
    name = ["password", "bearer"]

    def get_security_requirement(self, auto_schema: AutoSchema) -> list[dict[str, list[Any]]]:
        return [{name: []} for name in self.name]  # one of them is enough

    def get_security_definition(self, auto_schema: AutoSchema) -> list[dict[str, Any]]:
        flow = {"tokenUrl": "/login", "refreshUrl": "/login/refresh", "scopes": {}}
        password = {
            "type": "oauth2",
            "flows": {"password": flow},
            "description": "Your email as the username, and your password. Client id and secret "
            "stay empty. With two-factor sign-in, send `otp` to `POST /login` and enter the token "
            "below.",
        }
        token = {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "The access token of `POST /login`, or an API token (`ic_…`), which "
            "people create on their account page. It is valid until it expires or is revoked, for "
            "what its scopes allow: `predict` sends pictures, gets their answers and deletes "
            "them, `read` reads all that is the person's, `feedback` gives feedback, `teach` "
            "teaches classifiers, `data-sets` exports and imports data sets, for staff who may.",
        }
        return [password, token]


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
