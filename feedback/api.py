"""Feedback over HTTP."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import generics
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.scopes import Scope
from accounts.services import user_of
from feedback import services
from feedback.models import Feedback
from feedback.serializers import AnswerFeedbackSerializer, FeedbackSerializer
from feedback.throttles import FeedbackThrottle
from foundation.web.pagination import NewestFirst
from foundation.web.schema import (
    NEXT_PAGE,
    NO_SUCH_LIMIT,
    NO_SUCH_PAGE,
    UNAUTHORISED,
    error,
    invalid,
)
from predictions.models import Inference
from predictions.services import history

GIVEN = {
    "feedback": "It is my neighbour's husky.",
    "score": 0.9346,
    "predicted_class": "Eskimo_dog",
    "image_file_name": "0a7c757a80f2c5b13fa7a2a47a683593.jpeg",
    "correct": False,
    "label": "Siberian_husky",
}
RECORD = OpenApiExample(
    "The record",
    {
        "id": 12,
        **GIVEN,
        "prediction_id": "7f1c3c1e-6a5b-4b6e-9a54-0f6d0c1b2a3d",
        "created_at": "2026-11-23T09:31:00Z",
        "classifier": "imagenet",
        "class_key": "n02110185",
    },
    response_only=True,
    status_codes=["200", "201"],
)


class NewestFeedbackFirst(NewestFirst):
    """By id, which grows with time and has an index, alone and after the person."""

    ordering = ("-id",)


@extend_schema_view(
    get=extend_schema(
        tags=["feedback"],
        summary="One's own feedback; everyone's for staff",
        description="Everyone's requires Django's permission `feedback.view_feedback` or "
        "`feedback.change_feedback`, as in the admin.",
        operation_id="feedback_list",
        parameters=[NEXT_PAGE],
        responses={
            200: FeedbackSerializer(many=True),
            400: NO_SUCH_LIMIT,
            401: UNAUTHORISED,
            404: NO_SUCH_PAGE,
        },
        examples=[RECORD],
    ),
    post=extend_schema(
        tags=["feedback"],
        summary="Say whether a prediction was right",
        description="Tied to your own latest upload of that file, where there is one.",
        operation_id="feedback_create",
        responses={
            201: FeedbackSerializer,
            400: invalid("A field is missing or invalid", "score", "This field is required."),
            401: UNAUTHORISED,
        },
        examples=[OpenApiExample("A correction", GIVEN, request_only=True), RECORD],
    ),
)
class FeedbackView(generics.ListCreateAPIView[Feedback]):
    serializer_class = FeedbackSerializer
    pagination_class = NewestFeedbackFirst
    scopes = {"GET": [{Scope.READ}], "POST": [{Scope.FEEDBACK}]}

    def get_throttles(self) -> list[Any]:
        if self.request.method == "POST":
            return [FeedbackThrottle()]
        return super().get_throttles()

    def get_queryset(self) -> Any:
        return services.visible_to(user_of(self.request)).select_related("prediction", "classifier")


class NoAnswer(APIException):
    status_code = 409
    default_detail = "This prediction has no answer yet, or it failed."
    default_code = "not_answered"


class AnswerFeedbackView(APIView):
    """Feedback on one prediction of one's own, in place of what was said of it before."""

    scopes = {"POST": [{Scope.FEEDBACK}]}
    throttle_classes = [FeedbackThrottle]

    @extend_schema(
        tags=["feedback"],
        summary="Say whether the answer of a prediction was right",
        description="`correct`, `label` or both; a `label` alone says that the answer is wrong, "
        "unless it is the answer. Replaces what you said of it before: 200 instead of 201.",
        operation_id="predictions_feedback",
        request=AnswerFeedbackSerializer,
        responses={
            200: FeedbackSerializer,
            201: FeedbackSerializer,
            400: invalid("Neither said", "correct", "Send correct, label or both."),
            401: UNAUTHORISED,
            404: error("Not there, or not yours", "No Prediction matches the given query."),
            409: error("Not answered", NoAnswer.default_detail, NoAnswer.default_code),
        },
        examples=[
            OpenApiExample("Right", {"correct": True}, request_only=True),
            OpenApiExample("A correction", {"label": "Siberian_husky"}, request_only=True),
            RECORD,
        ],
    )
    def post(self, request: Request, pk: UUID) -> Response:
        prediction = get_object_or_404(history(user_of(request)), pk=pk)
        if prediction.inference.status != Inference.Status.DONE:
            raise NoAnswer
        body = AnswerFeedbackSerializer(data=request.data, context={"prediction": prediction})
        body.is_valid(raise_exception=True)
        is_new = not prediction.feedback.exists()
        said = FeedbackSerializer(body.save())
        return Response(said.data, 201 if is_new else 200)
