"""What /schema, /docs and /redoc say of problems and corrections."""

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema

from foundation.web.schema import NEXT_PAGE, NO_SUCH_LIMIT, UNAUTHORISED, invalid
from learning.api.checking_serializers import (
    NOTHING_SENT,
    CorrectionSerializer,
    ProblemSerializer,
    TakeSerializer,
)
from learning.api.class_schema import TAGS, UNKNOWN, example
from learning.api.example_schema import EXAMPLE, PREDICTION
from learning.api.example_serializers import ExampleSerializer
from learning.api.training_schema import PAGES

NOT_OFFERED = "Not offered: {}."

problems = extend_schema(
    tags=TAGS,
    summary="What to look at before training",
    description="Few pictures of a class, classes of very unequal size, the same picture in two "
    "classes, nearly the same pictures, broken ones.",
    operation_id="problems_list",
    responses={200: ProblemSerializer(many=True), 401: UNAUTHORISED, 404: UNKNOWN},
    examples=[
        example(
            "In two classes",
            {
                "kind": "two-classes",
                "says": "The same picture is in two classes. Remove it from the wrong one.",
                "classes": [],
                "examples": [41, 57],
            },
        )
    ],
)
corrections = extend_schema(
    tags=TAGS,
    summary="What your feedback on its answers offers as examples",
    description="Corrections, and answers that you called right, of pictures in your history that "
    "are no examples yet.",
    operation_id="corrections_list",
    parameters=[NEXT_PAGE],
    responses={
        200: CorrectionSerializer(many=True),
        400: NO_SUCH_LIMIT,
        401: UNAUTHORISED,
        404: PAGES,
    },
    examples=[
        example(
            "Glass, not paper",
            {
                "id": 12,
                "class": "Glass",
                "correct": False,
                "predicted_class": "Paper",
                "prediction": PREDICTION,
                "image": f"/model/predictions/{PREDICTION}/image",
                "created_at": "2026-11-23T09:31:00Z",
            },
        )
    ],
)
take = extend_schema(
    tags=TAGS,
    summary="Make examples of what your feedback says",
    description="All, or none if one of them is refused. A class that is missing is added.",
    operation_id="corrections_take",
    # It answers with a list, but with all of it.
    parameters=[OpenApiParameter(name, exclude=True) for name in ("cursor", "limit")],
    request=TakeSerializer,
    responses={
        200: ExampleSerializer(many=True),
        400: invalid("Nothing sent, or nothing that is offered", "ids", NOTHING_SENT),
        401: UNAUTHORISED,
        404: UNKNOWN,
    },
    examples=[
        OpenApiExample("Two", {"ids": [12, 15]}, request_only=True),
        OpenApiExample("All", {"all": True}, request_only=True),
        example("Taken", EXAMPLE | {"prediction": PREDICTION}),
    ],
)
