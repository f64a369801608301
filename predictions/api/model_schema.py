"""What /schema, /docs and /redoc say of the versions of classifiers and of their classes."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema

from foundation.web.schema import (
    NEXT_PAGE,
    NO_SUCH_LIMIT,
    UNAUTHORISED,
    error,
)
from predictions.api.model_serializers import (
    ClassSerializer,
    LabelSerializer,
    ModelSerializer,
    VersionForStaffSerializer,
)
from predictions.refusals import NoModel, NothingInUse

MODEL = {"name": "resnet50", "version": "a1b2c3d4-f32"}
VERSION: dict[str, Any] = {
    "id": 3,
    **MODEL,
    "title": "ResNet50",
    "precision": "f32",
    "agreement": None,
    "classes": 1000,
    "created_at": "2026-11-23T09:00:00Z",
}
NO_CLASSIFIER = "Unknown classifier 'colors'. Choose one of: imagenet, colours"
UNKNOWN = error("No such classifier", NO_CLASSIFIER)
NOT_PREPARED = error("Nothing prepared yet", NoModel.detail)
NOTHING_IN_USE = error("It has no champion yet", str(NothingInUse.detail), NothingInUse.reason)


def example(name: str, value: Any) -> OpenApiExample:
    return OpenApiExample(name, value, response_only=True, status_codes=["200"])


model = extend_schema(
    tags=["predictions"],
    summary="The model that answers",
    operation_id="model",
    responses={
        200: ModelSerializer,
        401: UNAUTHORISED,
        503: NOT_PREPARED,
    },
    examples=[
        example(
            "The reference model",
            {
                **MODEL,
                "title": "ResNet50",
                "precision": "f32",
                "input_size": 224,
                "classes": 1000,
                "engine": "openvino",
                "licence": "MIT",
            },
        )
    ],
)
labels = extend_schema(
    tags=["predictions"],
    summary="The classes it knows",
    operation_id="model_labels",
    parameters=[
        OpenApiParameter("search", str, description="Part of a name or a synset; all without it.")
    ],
    responses={200: LabelSerializer(many=True), 401: UNAUTHORISED},
    examples=[example("Found", {"index": 248, "synset": "n02109961", "name": "Eskimo_dog"})],
)
versions = extend_schema(
    tags=["models"],
    summary="The version that answers you; all versions for its owner and for staff",
    description="All of them, with `role` and `share`, are for its owner, and for staff with "
    "Django's permission `predictions.view_modelversion` or `predictions.change_modelversion`, as "
    "in the admin. Others see the version that answers their pictures at present, without these "
    "two.",
    operation_id="models_versions",
    parameters=[NEXT_PAGE],
    responses={
        200: VersionForStaffSerializer(many=True),
        400: NO_SUCH_LIMIT,
        401: UNAUTHORISED,
        404: UNKNOWN,
    },
    examples=[
        example("For staff", VERSION | {"role": "challenger", "share": 10}),
        example("For others", VERSION),
    ],
)
classes = extend_schema(
    tags=["models"],
    summary="The classes that a classifier's champion knows",
    operation_id="models_labels",
    parameters=[
        OpenApiParameter(
            "search", str, description="Part of a key, a name or a synset; all without it."
        )
    ],
    responses={
        200: ClassSerializer(many=True),
        401: UNAUTHORISED,
        404: UNKNOWN,
        409: NOTHING_IN_USE,
        503: NOT_PREPARED,
    },
    examples=[
        example(
            "Found",
            {"index": 248, "key": "n02109961", "name": "Eskimo_dog", "synset": "n02109961"},
        )
    ],
)
