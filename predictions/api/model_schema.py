"""What /schema, /docs and /redoc say of classifiers, their versions and their classes."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema

from accounts.schema import NOT_ALLOWED
from foundation.web.schema import (
    NEXT_PAGE,
    NO_SUCH_LIMIT,
    UNAUTHORISED,
    error,
    invalid,
)
from predictions.api.model_serializers import (
    ClassifierSerializer,
    ClassSerializer,
    LabelSerializer,
    ModelSerializer,
    ThresholdsSerializer,
    VersionForStaffSerializer,
)
from predictions.refusals import NoModel

MODEL = {"name": "resnet50", "version": "a1b2c3d4-f32"}
VERSION: dict[str, Any] = {
    "id": 3,
    **MODEL,
    "title": "ResNet50",
    "precision": "f32",
    "classes": 1000,
    "created_at": "2026-11-23T09:00:00Z",
}
CLASSIFIER = {
    "name": "imagenet",
    "title": "ImageNet, 1,000 classes",
    "champion": VERSION,
    "labels": 1000,
    "threshold": 0.5,
    "class_thresholds": {"n02109961": 0.8},
}
NO_CLASSIFIER = "Unknown classifier 'colors'. Choose one of: imagenet, colours"
UNKNOWN = error("No such classifier", NO_CLASSIFIER)
NOT_PREPARED = error("Nothing prepared yet", NoModel.detail)


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
models = extend_schema(
    tags=["models"],
    summary="All classifiers",
    operation_id="models_list",
    responses={200: ClassifierSerializer(many=True), 401: UNAUTHORISED},
    examples=[example("The built-in one", CLASSIFIER)],
)
classifier = extend_schema(
    tags=["models"],
    summary="One classifier",
    operation_id="models_retrieve",
    responses={200: ClassifierSerializer, 401: UNAUTHORISED, 404: UNKNOWN},
    examples=[example("The built-in one", CLASSIFIER)],
)
thresholds = extend_schema(
    tags=["models"],
    summary="Set under which probability answers are not sure, for staff",
    description="Needs Django's permission `predictions.change_classifier`, as in the admin. "
    "Answers say so with `confident` from then on, those given before, too.",
    operation_id="models_thresholds",
    request=ThresholdsSerializer,
    responses={
        200: ClassifierSerializer,
        400: invalid(
            "Nothing sent, no probability, or no class of the classifier",
            "class_thresholds",
            "husky is the key of no class of imagenet.",
        ),
        401: UNAUTHORISED,
        403: error("Not staff, or without that permission", NOT_ALLOWED),
        404: UNKNOWN,
    },
    examples=[
        OpenApiExample(
            "Another for one class",
            {"threshold": 0.5, "class_thresholds": {"n02109961": 0.8}},
            request_only=True,
        ),
        OpenApiExample("The service's", {"threshold": None}, request_only=True),
        example("As they are now", CLASSIFIER),
    ],
)
versions = extend_schema(
    tags=["models"],
    summary="The version that answers you; all versions for staff",
    description="All of them, with `role` and `share`, require Django's permission "
    "`predictions.view_modelversion` or `predictions.change_modelversion`, as in the admin. Others "
    "see the version that answers their pictures at present, without these two.",
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
        503: NOT_PREPARED,
    },
    examples=[
        example(
            "Found",
            {"index": 248, "key": "n02109961", "name": "Eskimo_dog", "synset": "n02109961"},
        )
    ],
)
