"""What /schema, /docs and /redoc say of bulk requests."""

from drf_spectacular.utils import OpenApiParameter, extend_schema

from foundation.web.schema import NEXT_PAGE, UNAUTHORISED, error, invalid
from predictions.api.consent import PARAMETER as MAY_IMPROVE
from predictions.api.model_parameter import PARAMETER as MODEL_PARAMETER
from predictions.api.model_schema import UNKNOWN
from predictions.api.schema import ID, MODEL, TOP_K, example
from predictions.api.serializers import AcceptedSerializer, BulkSerializer, UploadsSerializer
from predictions.api.top_k import PARAMETER as TOP_K_PARAMETER
from predictions.api.top_k import WRONG as WRONG_TOP_K

NO_BULK = "No Bulk matches the given query."
BULK_LOCATION = OpenApiParameter(
    "Location",
    str,
    OpenApiParameter.HEADER,
    response=[202],
    description="Where the progress of the whole request is.",
)
create = extend_schema(
    tags=["predictions"],
    summary="Classify many pictures, without waiting",
    operation_id="predictions_create",
    # It answers with a list, but with all of it.
    parameters=[
        *(OpenApiParameter(name, exclude=True) for name in ("cursor", "limit")),
        MODEL_PARAMETER,
        TOP_K_PARAMETER,
        MAY_IMPROVE,
        BULK_LOCATION,
    ],
    request={"multipart/form-data": UploadsSerializer},
    responses={
        202: AcceptedSerializer(many=True),
        400: invalid("Nothing sent, or a number makes no sense", "top_k", WRONG_TOP_K),
        401: UNAUTHORISED,
        404: UNKNOWN,
    },
    examples=[
        example(
            "Accepted",
            {
                "id": ID,
                "status": "queued",
                "url": f"/model/predictions/{ID}",
                "file_name": "husky.jpeg",
            },
            202,
        ),
        example(
            "Refused",
            {
                "status": "refused",
                "file_name": "notes.txt",
                "detail": "File type is not supported.",
            },
            202,
        ),
    ],
)
BULK = "0d6f2f0c-58d2-4cbb-9d0e-8f4f3a5b7c11"
progress = extend_schema(
    tags=["predictions"],
    summary="How far a bulk request is",
    description="Its address is in the `Location` of the 202. Entries come in the order of the "
    "files, a page at a time.",
    operation_id="bulk_retrieve",
    parameters=[NEXT_PAGE, TOP_K_PARAMETER],
    responses={
        200: BulkSerializer,
        400: invalid("A number makes no sense", "top_k", WRONG_TOP_K),
        401: UNAUTHORISED,
        404: error("Not there, or not yours; or an invalid cursor", NO_BULK),
    },
    examples=[
        example(
            "One of three is done",
            {
                "id": BULK,
                "created_at": "2026-11-23T09:30:00Z",
                "total": 3,
                "counts": {"queued": 1, "running": 0, "done": 1, "failed": 0, "refused": 1},
                "percent": 66,
                "entries": [
                    {
                        "id": ID,
                        "status": "done",
                        "url": f"/model/predictions/{ID}",
                        "file_name": "husky.jpeg",
                        "prediction": "Eskimo_dog",
                        "score": 0.9346,
                        "top_k": TOP_K,
                        "model": MODEL,
                        "confident": True,
                    },
                    {
                        "status": "refused",
                        "file_name": "notes.txt",
                        "detail": "File type is not supported.",
                    },
                ],
            },
        )
    ],
)
