"""Trainings over HTTP: begun, watched, cancelled, and what they say of each example."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.urls import reverse
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.services import user_of
from foundation.web.pagination import NewestFirst
from learning import trainings
from learning.api import training_schema as schema
from learning.api.access import OfTaught, cancel, refusals, wait_as_asked
from learning.api.training_serializers import (
    OutcomeSerializer,
    OutcomesFilter,
    StartTrainingSerializer,
    TrainingSerializer,
    TrainingWithFiguresSerializer,
)
from learning.models import Outcome, Training


class TrainingsView(generics.ListAPIView[Training], OfTaught):
    serializer_class = TrainingSerializer
    pagination_class = NewestFirst

    def get_queryset(self) -> Any:
        return self.get_classifier().trainings.all()

    @schema.trainings_list
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @schema.create
    def post(self, request: Request, name: str) -> Response:
        classifier = self.get_classifier()
        body = StartTrainingSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        with refusals():
            training = trainings.start(
                user_of(request), classifier, deeper=body.validated_data["deeper"]
            )
        location = reverse("training", args=[classifier.name, training.pk])
        return Response(TrainingSerializer(training).data, 202, headers={"Location": location})


class OfTraining(OfTaught):
    def get_training(self) -> Training:
        """Raises Http404 and NotFound."""
        of_classifier = self.get_classifier().trainings
        training: Training = get_object_or_404(of_classifier, pk=self.kwargs["pk"])
        return training


class TrainingView(OfTraining):
    @schema.retrieve
    def get(self, request: Request, name: str, pk: UUID) -> Response:
        training = self.get_training()
        headers = wait_as_asked(request, training)
        return Response(TrainingWithFiguresSerializer(training).data, headers=headers)

    @schema.cancel
    def delete(self, request: Request, name: str, pk: UUID) -> Response:
        cancel(self.get_training())
        return Response(status=204)


class HardestFirst(NewestFirst):
    page_size_query_description = "How many, the hardest first: 100 by default, at most 500."
    ordering = ("score_of_truth", "id")


class OutcomesView(generics.ListAPIView[Outcome], OfTraining):
    serializer_class = OutcomeSerializer
    pagination_class = HardestFirst

    def get_queryset(self) -> Any:
        asked = OutcomesFilter(data=self.request.query_params.dict())
        asked.is_valid(raise_exception=True)
        filters = dict(asked.validated_data)
        outcomes = self.get_training().outcomes.all()
        if filters.pop("suspects"):
            outcomes = outcomes.suspects()
        return outcomes.filter(**filters)

    @schema.outcomes
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)
