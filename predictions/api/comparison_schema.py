"""What /schema, /docs and /redoc say of comparisons."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema

from foundation.web.schema import NEXT_PAGE, NO_SUCH_LIMIT, UNAUTHORISED, error, invalid
from predictions.api.comparison_serializers import (
    UNKNOWN_CLASS,
    ComparisonSerializer,
    StartedSerializer,
    StartSerializer,
)
from predictions.api.role_schema import CHALLENGER, CHAMPION, FORBIDDEN, UNKNOWN, VIEWING

OTHER_CLASSIFIER = "The first version belongs to another classifier."
COMPARISON = "2c0f7d5e-1f0e-4b2a-9a55-6f1f6f0c2d11"
LOCATION = OpenApiParameter(
    "Location", str, OpenApiParameter.HEADER, response=[202], description="Where its figures are."
)
FIGURES: dict[str, Any] = {
    "id": COMPARISON,
    "classifier": "imagenet",
    "first": CHAMPION,
    "second": CHALLENGER,
    "pictures": "latest",
    "class_key": "",
    "status": "finished",
    "created_at": "2026-11-23T09:30:00Z",
    "total": 1000,
    "done": 999,
    "failed": 1,
    "agree": 912,
    "paired": {
        "first": {"right": 43, "of": 60, "share": 0.7167, "low": 0.5923, "high": 0.8149},
        "second": {"right": 54, "of": 60, "share": 0.9, "low": 0.7985, "high": 0.9534},
        "only_first": 2,
        "only_second": 13,
        "p_value": 0.0074,
        "better": "second",
    },
    "disagreements": [
        {
            "image_md5": "0a7c757a80f2c5b13fa7a2a47a683593",
            "truth": "n02109961",
            "first": {"key": "n02110185", "label": "Siberian_husky", "score": 0.9544},
            "second": {"key": "n02109961", "label": "Eskimo_dog", "score": 0.9346},
        }
    ],
}


def example(name: str, value: Any, status: int = 200) -> OpenApiExample:
    return OpenApiExample(name, value, response_only=True, status_codes=[str(status)])


create = extend_schema(
    tags=["models"],
    summary="Compare two versions on pictures that were sent before, for staff",
    description="Needs Django's permission `predictions.change_modelversion`. Answers that are "
    "there already are used; the others are bulk work.",
    operation_id="comparisons_create",
    parameters=[LOCATION],
    request=StartSerializer,
    responses={
        202: StartedSerializer,
        400: invalid("It cannot be compared", "class_name", UNKNOWN_CLASS),
        401: UNAUTHORISED,
        403: FORBIDDEN,
        404: UNKNOWN,
    },
    examples=[
        OpenApiExample(
            "The latest thousand",
            {"first": 3, "second": 4, "pictures": "latest", "number": 1000},
            request_only=True,
        ),
        example("Begun", {"id": COMPARISON, "number": 1000}, 202),
    ],
)
retrieve = extend_schema(
    tags=["models"],
    summary="What a comparison says, for staff",
    description=f"{VIEWING} Its address is in the `Location` of the 202.",
    operation_id="comparisons_retrieve",
    parameters=[NEXT_PAGE],
    responses={
        200: ComparisonSerializer,
        400: NO_SUCH_LIMIT,
        401: UNAUTHORISED,
        403: FORBIDDEN,
        404: error("Not there; or an invalid cursor", "No Comparison matches the given query."),
    },
    examples=[example("The second is better", FIGURES)],
)
