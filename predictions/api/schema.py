"""What /schema, /docs and /redoc say of the predictions API, kept out of the code they describe."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    extend_schema_view,
)

from foundation.web.schema import (
    FIELDS,
    NEXT_PAGE,
    NO_SUCH_PAGE,
    UNAUTHORISED,
    DetailSerializer,
    error,
    invalid,
)
from predictions.api.consent import PARAMETER as MAY_IMPROVE
from predictions.api.model_parameter import PARAMETER as MODEL_PARAMETER
from predictions.api.model_parameter import VERSION
from predictions.api.model_schema import NO_CLASSIFIER, NOTHING_IN_USE
from predictions.api.serializers import (
    AnswerSerializer,
    PredictionSerializer,
    UploadSerializer,
)
from predictions.api.top_k import PARAMETER as TOP_K_PARAMETER
from predictions.api.top_k import WRONG as WRONG_TOP_K
from predictions.filters import HistoryFilter

NO_VERSION = "imagenet has no version 12."
ID = "7f1c3c1e-6a5b-4b6e-9a54-0f6d0c1b2a3d"
FILE = "0a7c757a80f2c5b13fa7a2a47a683593.jpeg"
TOP_K = [
    {"label": label, "synset": synset, "score": score, "key": synset}
    for label, synset, score in (
        ("Eskimo_dog", "n02109961", 0.9346),
        ("Siberian_husky", "n02110185", 0.0544),
        ("malamute", "n02110063", 0.0098),
        ("dogsled", "n03218198", 0.0006),
        ("Norwegian_elkhound", "n02091467", 0.0003),
    )
]
MODEL = {"name": "resnet50", "version": "a1b2c3d4-f32", "id": 3, "classifier": "imagenet"}
ANSWER = {
    "success": True,
    "prediction": "Eskimo_dog",
    "score": 0.9346,
    "image_file_name": FILE,
    "id": ID,
    "top_k": TOP_K,
    "model": MODEL,
    "cached": False,
    "confident": True,
}
PREDICTION = {
    "id": ID,
    "status": "done",
    "prediction": "Eskimo_dog",
    "score": 0.9346,
    "top_k": TOP_K,
    "error": None,
    "model": MODEL,
    "cached": False,
    "file_name": "husky.jpeg",
    "image_file_name": FILE,
    "image": f"/model/predictions/{ID}/image",
    "created_at": "2026-11-23T09:30:00Z",
    "finished_at": "2026-11-23T09:30:00.031Z",
    "confident": True,
    "may_improve_service": False,
}
QUEUED = {
    **PREDICTION,
    "status": "queued",
    "prediction": None,
    "score": None,
    "top_k": [],
    "finished_at": None,
    "confident": None,
}
NOT_FOUND = error("Not there, or not yours", "No Prediction matches the given query.")
LOCATION = OpenApiParameter(
    "Location",
    str,
    OpenApiParameter.HEADER,
    response=[202, 400, 500, 503, 504],
    description="Where the prediction is, if it was recorded.",
)
SERVER_TIMING = OpenApiParameter(
    "Server-Timing",
    str,
    OpenApiParameter.HEADER,
    response=[200, 504],
    description="Milliseconds by stage: validate, store, queue, decode, inference, save, total; "
    "of a picture seen before the first two and the total.",
)
PREFERENCE_APPLIED = OpenApiParameter(
    "Preference-Applied",
    str,
    OpenApiParameter.HEADER,
    response=[200, 202, 504],
    description="What was asked with Prefer and done.",
)
PREFER = OpenApiParameter(
    "Prefer",
    str,
    OpenApiParameter.HEADER,
    description="`respond-async`: do not wait, answer 202. `wait=N`: wait N seconds at most, and "
    "no more than the service allows, 30 by default (RFC 7240).",
)


def example(name: str, value: Any, status: int = 200) -> OpenApiExample:
    return OpenApiExample(name, value, response_only=True, status_codes=[str(status)])


# An error, and the prediction if the picture is kept all the same.
DETAIL_AND_ID = {
    "type": "object",
    "properties": {
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "id": {"type": "string", "format": "uuid"},
    },
    "required": ["detail", "code"],
}


def error_at(
    description: str,
    kept: Mapping[str, str],
    not_kept: Mapping[str, str] = MappingProxyType({}),
    of_field: str = "",
) -> OpenApiResponse:
    """An error and the sentences, with their codes, that it says of pictures that are kept, and of
    others.

    of_field: what it says of `top_k`, if anything.
    """
    said = [{"detail": detail, "code": code} for detail, code in not_kept.items()]
    said += [{"detail": detail, "code": code, "id": ID} for detail, code in kept.items()]
    examples = [OpenApiExample(one["detail"], one, response_only=True) for one in said]
    if not of_field:
        return OpenApiResponse(DETAIL_AND_ID, description, examples=examples)
    examples.append(OpenApiExample(of_field, {"top_k": [of_field]}, response_only=True))
    return OpenApiResponse({"oneOf": [FIELDS, DETAIL_AND_ID]}, description, examples=examples)


BAD_FILE = error_at(
    "No file, or one that is not accepted, or that turned out to be damaged",
    {
        "The file cannot be read as an image: it is damaged, cut off or of another format.": (
            "picture_unreadable"
        )
    },
    {
        "No file provided": "no_file",
        "Send one file here; POST /model/predictions takes many.": "too_many_files",
        "File type is not supported.": "not_accepted",
        "File too large": "too_large",
        "The content of the file is not a readable image.": "not_accepted",
        "The virus scanner reports that this file is malicious. It was not stored.": "malicious",
    },
    of_field=WRONG_TOP_K,
)

predict = extend_schema_view(
    post=extend_schema(
        tags=["predictions"],
        summary="Classify a picture",
        operation_id="predict",
        parameters=[
            MODEL_PARAMETER,
            VERSION,
            TOP_K_PARAMETER,
            MAY_IMPROVE,
            PREFER,
            LOCATION,
            PREFERENCE_APPLIED,
            SERVER_TIMING,
        ],
        request={"multipart/form-data": UploadSerializer},
        responses={
            200: AnswerSerializer,
            202: PredictionSerializer,
            400: BAD_FILE,
            401: UNAUTHORISED,
            404: OpenApiResponse(
                DetailSerializer,
                "No such classifier or version, or deleted while it waited",
                examples=[
                    OpenApiExample(said, {"detail": said}, response_only=True)
                    for said in (NO_CLASSIFIER, NO_VERSION, "The prediction was deleted meanwhile.")
                ],
            ),
            409: NOTHING_IN_USE,
            500: error_at(
                "The model failed on it",
                {
                    "The picture could not be classified. Staff can find the reason under the "
                    "failed jobs.": "classification_failed"
                },
            ),
            503: error_at(
                "Queue full, or out of reach; see Retry-After",
                {
                    "The queue cannot be reached right now. The picture is kept and will be "
                    "classified; look for the answer at the Location.": "queue_unreachable"
                },
                {
                    "Too many pictures are waiting. Try again in a few seconds.": "queue_full",
                    "The picture could not be scanned for viruses. Try later.": "not_scanned",
                },
            ),
            504: error_at(
                "No answer in time; the work goes on",
                {"Still processing. Poll the URL in the Location header.": "still_processing"},
            ),
        },
        examples=[
            example("A husky", ANSWER),
            example("Asked not to wait", QUEUED, 202),
        ],
    )
)
history = extend_schema(
    tags=["predictions"],
    summary="One's own predictions",
    operation_id="predictions_list",
    parameters=[HistoryFilter, TOP_K_PARAMETER, NEXT_PAGE],
    responses={
        200: PredictionSerializer(many=True),
        400: invalid("A filter makes no sense", "min_score", "A valid number is required."),
        401: UNAUTHORISED,
        404: NO_SUCH_PAGE,
    },
    examples=[example("A husky", PREDICTION)],
)
retrieve = extend_schema(
    tags=["predictions"],
    summary="One prediction, finished or not",
    operation_id="predictions_retrieve",
    parameters=[TOP_K_PARAMETER],
    responses={
        200: PredictionSerializer,
        400: invalid("A number makes no sense", "top_k", WRONG_TOP_K),
        401: UNAUTHORISED,
        404: NOT_FOUND,
    },
    examples=[example("Done", PREDICTION), example("Still waiting", QUEUED)],
)
destroy = extend_schema(
    tags=["predictions"],
    summary="Delete a prediction, and its picture if no other prediction shows it",
    operation_id="predictions_destroy",
    responses={204: None, 401: UNAUTHORISED, 404: NOT_FOUND},
)
image = extend_schema(
    tags=["predictions"],
    summary="The picture, as it was sent",
    operation_id="predictions_image",
    responses={(200, "image/*"): OpenApiTypes.BINARY, 401: UNAUTHORISED, 404: NOT_FOUND},
)
