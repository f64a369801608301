"""Versions of classifiers and their classes over HTTP."""

from typing import Any

from django.db.models import QuerySet
from django.utils.functional import cached_property
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import rights
from accounts.services import user_of
from foundation.web.pagination import NewestFirst
from predictions.api import model_schema as schema
from predictions.api.model_serializers import (
    ClassSerializer,
    LabelSerializer,
    ModelSerializer,
    VersionForStaffSerializer,
    VersionSerializer,
    champion_in,
)
from predictions.api.of_classifier import ABOUT_THE_MODEL, OfClassifier
from predictions.api.refused import not_taken
from predictions.classifiers import Classifier, ModelVersion
from predictions.inference.labels import labels, search
from predictions.refusals import NoModel, NothingInUse
from predictions.registry.label_sets import search_in
from predictions.registry.routing import champion_of, read_roles


class ModelView(APIView):
    scopes = ABOUT_THE_MODEL

    @schema.model
    def get(self, request: Request) -> Response:
        try:
            return Response(ModelSerializer(champion_of()).data)
        except NoModel as error:
            return not_taken(error)


class LabelsView(APIView):
    scopes = ABOUT_THE_MODEL

    @schema.labels
    def get(self, request: Request) -> Response:
        text = request.query_params.get("search", "").strip()
        return Response(LabelSerializer(search(text) if text else labels(), many=True).data)


class VersionsView(generics.ListAPIView[ModelVersion], OfClassifier):
    scopes = ABOUT_THE_MODEL
    pagination_class = NewestFirst

    @cached_property
    def classifier(self) -> Classifier:
        return self.get_classifier()

    @cached_property
    def sees_all(self) -> bool:
        is_own = self.classifier.owner_id == user_of(self.request).pk
        return is_own or rights.staff_may(self.request.user, "view", ModelVersion)

    def get_serializer_class(self) -> Any:
        return VersionForStaffSerializer if self.sees_all else VersionSerializer

    def get_serializer_context(self) -> dict[str, Any]:
        answering = self.classifier.versions.exclude(role=ModelVersion.Role.RETIRED)
        return {**super().get_serializer_context(), "versions": answering}

    def get_queryset(self) -> QuerySet[ModelVersion]:
        """All for its owner and for staff who may see them; for others what answers them."""
        versions = self.classifier.versions.all()
        if self.sees_all:
            return versions
        try:
            answers = read_roles(self.classifier).version_for(user_of(self.request).pk)
        except NoModel:
            return versions.none()
        return versions.filter(pk=answers.pk)

    @schema.versions
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class ClassesView(OfClassifier):
    scopes = ABOUT_THE_MODEL

    @schema.classes
    def get(self, request: Request, name: str) -> Response:
        classifier = self.get_classifier()
        champion = champion_in(classifier)
        if champion is None:
            return not_taken(NoModel() if classifier.is_default else NothingInUse())
        text = request.query_params.get("search", "").strip()
        return Response(ClassSerializer(search_in(champion.label_set_id, text), many=True).data)
