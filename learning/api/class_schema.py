"""What /schema, /docs and /redoc say of the classes that are taught."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema

from foundation.web.schema import UNAUTHORISED, error, invalid
from learning.api.class_serializers import ClassNameSerializer, TaughtClassSerializer

TAGS = ["teaching"]
NOT_TAUGHT = "You teach no classifier 'colors'. Those you teach: waste-k7m2xw9c"
UNKNOWN = error("No classifier of this name that you teach", NOT_TAUGHT)
GLASS = {"key": "glass", "name": "Glass", "examples": 12}
NO_CLASS = error(
    "No such class, or no classifier of this name that you teach",
    "No TaughtClass matches the given query.",
)
NAMED_ALREADY = invalid(
    "A name that is missing or another class has", "name", "There is a class Glass already."
)
KEY = OpenApiParameter("key", str, OpenApiParameter.PATH, description="The key of the class.")


def example(name: str, value: Any, status: int = 200) -> OpenApiExample:
    return OpenApiExample(name, value, response_only=True, status_codes=[str(status)])


def location(status: int, what: str) -> OpenApiParameter:
    return OpenApiParameter(
        "Location",
        str,
        OpenApiParameter.HEADER,
        response=[status],
        description=f"Where the {what} is.",
    )


classes_list = extend_schema(
    tags=TAGS,
    summary="The classes that a classifier is taught",
    description="Those that its examples are in now. `GET /models/{name}/labels` lists those of "
    "the version in use, which are the ones of its training.",
    operation_id="classes_list",
    responses={200: TaughtClassSerializer(many=True), 401: UNAUTHORISED, 404: UNKNOWN},
    examples=[example("A class", GLASS)],
)
create = extend_schema(
    tags=TAGS,
    summary="Add a class",
    description="`POST /models/{name}/examples` also adds the class that it names.",
    operation_id="classes_create",
    parameters=[location(201, "class")],
    request=ClassNameSerializer,
    responses={201: TaughtClassSerializer, 400: NAMED_ALREADY, 401: UNAUTHORISED, 404: UNKNOWN},
    examples=[
        OpenApiExample("A class", {"name": "Glass"}, request_only=True),
        OpenApiExample("For all else", {"name": "None of these"}, request_only=True),
        example("Added", GLASS | {"examples": 0}, 201),
    ],
)
retrieve = extend_schema(
    tags=TAGS,
    summary="One class",
    operation_id="classes_retrieve",
    parameters=[KEY],
    responses={200: TaughtClassSerializer, 401: UNAUTHORISED, 404: NO_CLASS},
    examples=[example("A class", GLASS)],
)
rename = extend_schema(
    tags=TAGS,
    summary="Rename a class",
    description="Its key stays. Versions trained before keep the name of before.",
    operation_id="classes_rename",
    parameters=[KEY],
    request=ClassNameSerializer,
    responses={200: TaughtClassSerializer, 400: NAMED_ALREADY, 401: UNAUTHORISED, 404: NO_CLASS},
    examples=[
        OpenApiExample("Another name", {"name": "Glass"}, request_only=True),
        example("Renamed", GLASS),
    ],
)
destroy = extend_schema(
    tags=TAGS,
    summary="Delete a class with its examples",
    description="Versions trained before still know it.",
    operation_id="classes_delete",
    parameters=[KEY],
    responses={204: None, 401: UNAUTHORISED, 404: NO_CLASS},
)
