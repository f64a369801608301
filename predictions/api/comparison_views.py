"""Comparisons of two versions over HTTP, for staff."""

from typing import Any
from uuid import UUID

from django.shortcuts import get_object_or_404
from django.urls import reverse
from rest_framework import generics
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.scopes import Scope
from accounts.services import user_of
from foundation.web.pagination import NewestFirst
from predictions.api import comparison_schema as schema
from predictions.api.comparison_serializers import (
    ComparisonSerializer,
    DisagreementSerializer,
    StartSerializer,
)
from predictions.api.of_classifier import MayChangeRoles, OfClassifier
from predictions.classifiers import Classifier
from predictions.comparisons import services, work
from predictions.comparisons.disagreements import ORDER, disagreements
from predictions.comparisons.figures import figures_of
from predictions.comparisons.models import Comparison
from predictions.comparisons.selection import truths
from predictions.models import Image

OWN = ("id", "classifier", "first", "second", "pictures", "class_key", "status", "created_at")


class ComparisonsView(OfClassifier):
    # Of pictures that anybody has sent: not for owners.
    permission_classes = [*APIView.permission_classes, MayChangeRoles]
    scopes = {"POST": [{Scope.PREDICT, Scope.READ}]}

    @schema.create
    def post(self, request: Request, name: str) -> Response:
        classifier = self.get_classifier()
        body = StartSerializer(data=request.data, context={"user": user_of(request)})
        body.is_valid(raise_exception=True)
        asked = body.validated_data
        if asked["first"].classifier != classifier:
            raise ParseError(schema.OTHER_CLASSIFIER, "invalid")
        try:
            comparison = services.start(
                user_of(request),
                asked["first"],
                asked["second"],
                asked["pictures"],
                number=asked["number"],
                class_key=asked["class_key"],
            )
        except services.NotComparable as error:
            raise ParseError(str(error), "invalid") from error
        return Response(
            {"id": comparison.pk, "number": comparison.number},
            202,
            headers={"Location": reverse("comparison", args=[comparison.pk])},
        )


class MostCertainFirst(NewestFirst):
    page_size_query_description = "How many disagreements, 100 by default, at most 500."
    ordering = ORDER


class ComparisonView(generics.GenericAPIView[Image]):
    permission_classes = [*APIView.permission_classes, MayChangeRoles]
    scopes = {"GET": [{Scope.READ}]}
    serializer_class = DisagreementSerializer
    pagination_class = MostCertainFirst

    @schema.retrieve
    def get(self, request: Request, pk: UUID) -> Response:
        opened = Classifier.objects.open_to(user_of(request))
        found = Comparison.objects.filter(first__classifier__in=opened)
        found = found.select_related("first__classifier", "second")
        comparison = get_object_or_404(found, pk=pk)
        if comparison.is_running:
            work.top_up()
            comparison.refresh_from_db(fields=["finished_at", "cancelled_at"])
        page: Any = self.paginate_queryset(disagreements(comparison)) or []
        said = {
            **{name: getattr(comparison, name) for name in OWN},
            **comparison.progress(),
            **figures_of(comparison)._asdict(),
            "disagreements": page,
        }
        context = {"truths": truths(comparison.first.label_set_id, comparison.images())}
        return self.get_paginated_response(ComparisonSerializer(said, context=context).data)
