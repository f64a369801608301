"""/schema, /docs and /redoc, which also describe themselves."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from drf_spectacular.views import SpectacularAPIView, SpectacularRedocView, SpectacularSwaggerView
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.permissions import lacks
from foundation.web.codes import problem
from foundation.web.errors import CUT_OFF, NO_LENGTH, TOO_LARGE, UNREACHABLE_DETAIL
from foundation.web.negotiation import FormatChosen
from foundation.web.refused import LONG_LINE
from foundation.web.schema import invalid

# The scripts of both pages would load a logo and a validator badge from third-party hosts. `blob:`
# is for pictures requested in Swagger UI.
OWN_ASSETS_ONLY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; worker-src blob:"
)


OTHER_TYPE = 'Unsupported media type "text/plain" in request.'  # DRF's
THROTTLED = "Request was throttled. Expected available in 12 seconds."
BEARER = {"schema": {"type": "string"}, "description": "`Bearer`"}
RETRY_AFTER = {"schema": {"type": "integer"}, "description": "Seconds, where it is known."}


def describe_what_all_share(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Adds the errors that foundation.web.errors answers for all endpoints.

    A postprocessing hook of drf-spectacular.
    """
    detail = {"$ref": "#/components/schemas/Detail"}

    def answer(description: str, said: str, **code: str) -> dict[str, Any]:
        examples = {"Said": {"value": {"detail": said} | code}}
        content = {"application/json": {"schema": detail, "examples": examples}}
        return {"description": description, "content": content}

    with_a_body = {
        "408": answer("Its sender has stopped sending", CUT_OFF),
        "411": answer("Sent in chunks", NO_LENGTH),
        "413": answer("The request is too large", TOO_LARGE.format(2**20)),
        "415": answer("The body is of another type", OTHER_TYPE),
    }
    for operations in result["paths"].values():
        for operation in operations.values():
            answers = operation["responses"]
            if "requestBody" in operation:
                answers |= with_a_body
            answers["414"] = answer("The URL is too long", LONG_LINE)
            if operation.get("security"):
                description, said = "An API token without the necessary scope", lacks([{"read"}])
                answers.setdefault("403", answer(description, said, code="scope_missing"))
            if "401" in answers:
                answers["401"].setdefault("headers", {})["WWW-Authenticate"] = BEARER
            if operation["tags"] != ["service"]:
                answers["429"] = answer("Too many requests; see Retry-After", THROTTLED)
                description = "The database or the queue cannot be reached"
                answers.setdefault(
                    "503", answer(description, UNREACHABLE_DETAIL, code="unreachable")
                )
                for status in {"429", "503", "504"} & answers.keys():
                    answers[status].setdefault("headers", {})["Retry-After"] = RETRY_AFTER
            operation["responses"] = dict(sorted(answers.items()))
            for status, each in answers.items():
                add_codes(int(status), each)
    return result


def put_in_order(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """What most come for stands first, and last, under a tag of its own, what is deprecated.

    A postprocessing hook of drf-spectacular.
    """
    for operations in result["paths"].values():
        for operation in operations.values():
            if operation.get("deprecated"):
                operation["tags"] = ["deprecated"]
    first = "/model/predict"
    result["paths"] = dict(sorted(result["paths"].items(), key=lambda path: path[0] != first))
    return result


def add_codes(status: int, answer: dict[str, Any]) -> None:
    """The code of examples that name none: that of their status."""
    for content in answer.get("content", {}).values():
        for example in content.get("examples", {}).values():
            said = example["value"]
            if status >= 400 and isinstance(said, dict) and "detail" in said:
                said.setdefault("code", problem(status, "")["code"])


class JSONErrors(APIView):  # no docstring: it would be published
    http_method_names = ["get", "head"]  # DRF's OPTIONS would be rendered as one of the pages
    # Errors are JSON here too, not in the format of the page; and the schema has several formats.
    content_negotiation_class = FormatChosen

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        if response.exception:
            response.accepted_renderer = JSONRenderer()
            response.accepted_media_type = JSONRenderer.media_type
        response["Content-Security-Policy"] = OWN_ASSETS_ONLY
        return response


@extend_schema_view(
    get=extend_schema(
        tags=["service"],
        summary="This description, as OpenAPI 3",
        operation_id="schema",
        auth=[],
        parameters=[
            OpenApiParameter(
                "format", str, enum=["json", "yaml"], description="Instead of `Accept`."
            )
        ],
        responses={
            400: invalid("Another format", "format", "It can be json or yaml."),
            (200, "application/vnd.oai.openapi"): OpenApiTypes.OBJECT,
            (200, "application/vnd.oai.openapi+json"): OpenApiTypes.OBJECT,
        },
    )
)
class SchemaView(JSONErrors, SpectacularAPIView):
    pass


class DocsView(JSONErrors, SpectacularSwaggerView):
    template_name = "swagger_ui.html"


class RedocView(JSONErrors, SpectacularRedocView):
    template_name = "redoc.html"
