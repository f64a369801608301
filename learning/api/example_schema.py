"""What /schema, /docs and /redoc say of examples."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema

from foundation.web.schema import NEXT_PAGE, NO_SUCH_LIMIT, UNAUTHORISED, error, invalid
from learning.api.class_schema import NOT_TAUGHT, TAGS, example, location
from learning.api.example_serializers import (
    ExampleChangeSerializer,
    ExampleFilesSerializer,
    ExampleSerializer,
    ExamplesFilter,
    FromHistorySerializer,
    TakenSerializer,
)

NO_PREDICTION = "Your history has no prediction with this id."
NOT_FOUND = "No Example matches the given query."
NO_EXAMPLE = error("No such example, or no classifier of this name that you teach", NOT_FOUND)
PREDICTION = "7f1c3c1e-6a5b-4b6e-9a54-0f6d0c1b2a3d"
ADDRESS = "/models/waste-k7m2xw9c/examples/41"
EXAMPLE: dict[str, Any] = {
    "id": 41,
    "class": "glass",
    "file_name": "bottle.jpg",
    "problem": "",
    "twin": None,
    "confirmed": False,
    "prediction": None,
    "image": f"{ADDRESS}/image",
    "created_at": "2026-11-23T09:30:00Z",
}

examples_list = extend_schema(
    tags=TAGS,
    summary="The pictures that a classifier is taught with",
    operation_id="examples_list",
    parameters=[ExamplesFilter, NEXT_PAGE],
    responses={
        200: ExampleSerializer(many=True),
        400: NO_SUCH_LIMIT,
        401: UNAUTHORISED,
        404: error("No classifier of this name that you teach; or an invalid cursor", NOT_TAUGHT),
    },
    examples=[example("Glass", EXAMPLE)],
)
create = extend_schema(
    tags=TAGS,
    summary="Give pictures of a class",
    description="Files, each of which is accepted or refused on its own, or a picture of your "
    "history. A picture that the class has already is not added again. Place, camera and all other "
    "metadata are removed from files. A picture of your history goes with it.",
    operation_id="examples_create",
    # It answers with a list, but with all of it.
    parameters=[
        *(OpenApiParameter(name, exclude=True) for name in ("cursor", "limit")),
        location(201, "example"),
    ],
    request={
        "multipart/form-data": ExampleFilesSerializer,
        "application/json": FromHistorySerializer,
    },
    responses={
        200: TakenSerializer(many=True),
        201: ExampleSerializer,
        400: invalid("Nothing sent, or no class", "class", "This field is required."),
        401: UNAUTHORISED,
        404: error("No classifier of this name that you teach", NOT_TAUGHT),
    },
    examples=[
        OpenApiExample(
            "From the history",
            {"prediction": PREDICTION, "class": "Glass"},
            request_only=True,
            media_type="application/json",
        ),
        example(
            "Accepted",
            {"status": "accepted", "file_name": "bottle.jpg", "id": 41, "url": ADDRESS},
        ),
        example(
            "Refused",
            {
                "status": "refused",
                "file_name": "notes.txt",
                "detail": "File type is not supported.",
            },
        ),
        example("From the history", EXAMPLE | {"prediction": PREDICTION}, 201),
    ],
)
retrieve = extend_schema(
    tags=TAGS,
    summary="One example",
    operation_id="examples_retrieve",
    responses={200: ExampleSerializer, 401: UNAUTHORISED, 404: NO_EXAMPLE},
    examples=[example("Glass", EXAMPLE)],
)
change = extend_schema(
    tags=TAGS,
    summary="Move an example to another class, or confirm its class",
    description="Moving confirms it, too. If the class has this picture already, the answer is "
    "that example, and the one that was asked for is gone.",
    operation_id="examples_change",
    request=ExampleChangeSerializer,
    responses={
        200: ExampleSerializer,
        400: invalid("Nothing to change", "class", "Send class, confirmed or both."),
        401: UNAUTHORISED,
        404: NO_EXAMPLE,
    },
    examples=[
        OpenApiExample("To another class", {"class": "paper"}, request_only=True),
        OpenApiExample("The class is right", {"confirmed": True}, request_only=True),
        example("Moved", EXAMPLE | {"class": "paper", "confirmed": True}),
    ],
)
destroy = extend_schema(
    tags=TAGS,
    summary="Delete an example",
    description="Its file goes, too, unless a history or another example has the picture.",
    operation_id="examples_delete",
    responses={204: None, 401: UNAUTHORISED, 404: NO_EXAMPLE},
)
image = extend_schema(
    tags=TAGS,
    summary="The picture of an example",
    operation_id="examples_image",
    responses={(200, "image/*"): OpenApiTypes.BINARY, 401: UNAUTHORISED, 404: NO_EXAMPLE},
)
