"""What /schema, /docs and /redoc say of similar pictures."""

from drf_spectacular.utils import OpenApiParameter, extend_schema

from foundation.web.schema import UNAUTHORISED, error, invalid
from predictions.api.schema import NOT_FOUND, PREDICTION, example
from predictions.api.similar_serializers import MOST, USUAL, WRONG_LIMIT, SimilarSerializer

UNANSWERED = "This picture has no answer yet, and nothing to compare."
FROM_BEFORE = (
    "This picture was answered before similar pictures could be found. Ask the operator of this "
    "service to run manage.py similar_backfill."
)
NO_PGVECTOR = "The database of this service lacks pgvector, which compares pictures."
OTHER = {
    **PREDICTION,
    "id": "0c3a1d5e-8f0a-4a39-9a26-3f7f0f7f1f10",
    "file_name": "husky-small.jpeg",
    "similarity": 0.9713,
    "near_duplicate": True,
}

similar = extend_schema(
    tags=["predictions"],
    summary="Your pictures that are most like this one",
    description="By what the network saw in them, the most similar first, each picture once and "
    "with your latest prediction of it. Only pictures that the same network has seen are compared, "
    "and of your own the latest 10,000.",
    operation_id="predictions_similar",
    parameters=[
        OpenApiParameter(
            "limit",
            {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL},
            description=f"How many, at most {MOST}.",
        )
    ],
    responses={
        200: SimilarSerializer(many=True),
        400: invalid("A number makes no sense", "limit", WRONG_LIMIT),
        401: UNAUTHORISED,
        404: NOT_FOUND,
        409: error("Nothing to compare yet", UNANSWERED),
        501: error("This service cannot compare pictures", NO_PGVECTOR, "no_pgvector"),
    },
    examples=[example("A small copy", [OTHER])],
)
