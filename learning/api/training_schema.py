"""What /schema, /docs and /redoc say of trainings."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema

from foundation.web.schema import NEXT_PAGE, NO_SUCH_LIMIT, UNAUTHORISED, error
from learning.api.archive_schema import ENDED
from learning.api.class_schema import NOT_TAUGHT, TAGS, UNKNOWN, example, location
from learning.api.training_serializers import (
    OutcomeSerializer,
    OutcomesFilter,
    StartTrainingSerializer,
    TrainingSerializer,
    TrainingWithFiguresSerializer,
)
from learning.trainings import TOO_FEW

BUSY = "A training of this classifier has not finished yet. Wait for it, or cancel it."
NOT_FOUND = error(
    "No such training, or no classifier of this name that you teach",
    "No Training matches the given query.",
)
PAGES = error("No classifier of this name that you teach; or an invalid cursor", NOT_TAUGHT)
WAIT = OpenApiParameter(
    "Prefer",
    str,
    OpenApiParameter.HEADER,
    description="`wait=N`: answer once it has ended, or after N seconds, and no more than the "
    "service allows, 30 by default (RFC 7240).",
)
APPLIED = OpenApiParameter(
    "Preference-Applied",
    str,
    OpenApiParameter.HEADER,
    response=[200],
    description="What was asked with Prefer and done.",
)
DONE: dict[str, Any] = {
    "id": "9a1d6c1f-5b7e-4a0b-8a53-3f6e2d1c0b9a",
    "status": "done",
    "stage": "saving",
    "says": "",
    "done": 0,
    "total": 0,
    "error": "",
    "created_at": "2026-11-23T09:31:00Z",
    "started_at": "2026-11-23T09:31:00Z",
    "finished_at": "2026-11-23T09:31:21Z",
    "deeper": False,
    "examples": 36,
    "version": 7,
}
WAITING = {
    **DONE,
    "status": "queued",
    "stage": "waiting",
    "says": "Waiting for its turn",
    "started_at": None,
    "finished_at": None,
    "examples": 0,
    "version": None,
}
FIGURES = {
    "right": 31,
    "of": 36,
    "accuracy": 0.8611,
    "low": 0.7134,
    "high": 0.9392,
    "baseline": 0.3333,
    "calibration_error": 0.0412,
    "confusion": [[11, 1, 0, 0], [2, 10, 0, 0], [1, 1, 10, 0]],
    "recalls": [0.9167, 0.8333, 0.8333],
    "curve": [
        {"pictures": 6, "accuracy": 0.7778, "low": 0.6192, "high": 0.8828},
        {"pictures": 12, "accuracy": 0.8611, "low": 0.7134, "high": 0.9392},
    ],
    "accepted": 0.9722,
}
COMPARISON = {
    "with": 6,
    "first": {"right": 27, "of": 36, "share": 0.75, "low": 0.5893, "high": 0.8625},
    "second": {"right": 31, "of": 36, "share": 0.8611, "low": 0.7134, "high": 0.9392},
    "only_first": 1,
    "only_second": 5,
    "p_value": 0.2188,
    "better": "",
}
SUSPECT = {
    "id": 1204,
    "example": 41,
    "truth": "glass",
    "said": "paper",
    "score": 0.9312,
    "score_of_truth": 0.0411,
    "suggested": "paper",
}

trainings_list = extend_schema(
    tags=TAGS,
    summary="The trainings of a classifier",
    operation_id="trainings_list",
    parameters=[NEXT_PAGE],
    responses={
        200: TrainingSerializer(many=True),
        400: NO_SUCH_LIMIT,
        401: UNAUTHORISED,
        404: PAGES,
    },
    examples=[example("Done", DONE)],
)
create = extend_schema(
    tags=TAGS,
    summary="Train: learn from all examples",
    description="A version comes of it that answers nothing yet: `POST /models/{name}/roles` puts "
    "it to use. One training of a classifier runs at a time.",
    operation_id="trainings_create",
    # It answers with one, not with a list.
    parameters=[
        *(OpenApiParameter(name, exclude=True) for name in ("cursor", "limit")),
        location(202, "progress"),
    ],
    request=StartTrainingSerializer,
    responses={
        202: TrainingSerializer,
        400: error("Too few pictures, or too many minutes of training", TOO_FEW),
        401: UNAUTHORISED,
        404: UNKNOWN,
        409: error("Another training runs, or many of yours wait", BUSY),
    },
    examples=[
        OpenApiExample("The usual way", {"deeper": False}, request_only=True),
        example("Accepted", WAITING, 202),
    ],
)
retrieve = extend_schema(
    tags=TAGS,
    summary="How far a training is, and what came of it",
    operation_id="trainings_retrieve",
    parameters=[WAIT, APPLIED],
    responses={200: TrainingWithFiguresSerializer, 401: UNAUTHORISED, 404: NOT_FOUND},
    examples=[
        example(
            "Done",
            {
                **DONE,
                "classes": ["cardboard", "glass", "paper", "none-of-these"],
                "deleted": 0,
                "figures": FIGURES,
                "comparison": COMPARISON,
            },
        )
    ],
)
cancel = extend_schema(
    tags=TAGS,
    summary="Cancel a training",
    description="The worker notices within a second or so. The examples and versions stay.",
    operation_id="trainings_cancel",
    responses={204: None, 401: UNAUTHORISED, 404: NOT_FOUND, 409: ENDED},
)
outcomes = extend_schema(
    tags=TAGS,
    summary="What a training said of each example, while that was left out",
    description="A cell of the confusion matrix is `truth` and `said` together.",
    operation_id="trainings_outcomes",
    parameters=[OutcomesFilter, NEXT_PAGE],
    responses={
        200: OutcomeSerializer(many=True),
        400: NO_SUCH_LIMIT,
        401: UNAUTHORISED,
        404: NOT_FOUND,
    },
    examples=[example("Probably paper", SUSPECT)],
)
