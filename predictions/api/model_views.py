"""Classifiers, their versions and their classes over HTTP."""

from typing import Any

from django.db import transaction
from django.db.models import Prefetch, QuerySet
from rest_framework import generics
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import rights
from accounts.scopes import Scope
from accounts.services import user_of
from foundation.web.pagination import NewestFirst
from predictions.api import model_schema as schema
from predictions.api.model_serializers import (
    ClassifierSerializer,
    ClassSerializer,
    LabelSerializer,
    ModelSerializer,
    ThresholdsSerializer,
    VersionForStaffSerializer,
    VersionSerializer,
    champion_in,
)
from predictions.api.refused import not_taken
from predictions.classifiers import Classifier, ModelVersion
from predictions.inference.labels import labels, search
from predictions.refusals import NoModel
from predictions.registry.label_sets import search_in
from predictions.registry.roles import Changes, RoleRefused
from predictions.registry.routing import UnknownClassifier, champion_of, read_roles_in
from predictions.registry.thresholds import set_thresholds

# Not a secret, and needed for answers and for feedback alike.
ABOUT_THE_MODEL = {"GET": [{scope} for scope in Scope]}


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


def classifiers() -> QuerySet[Classifier]:
    champions = ModelVersion.objects.filter(role=ModelVersion.Role.CHAMPION)
    return Classifier.objects.prefetch_related(Prefetch("versions", champions, to_attr="champions"))


def classifier_named(name: str) -> Classifier:
    """Raises NotFound, which names the classifiers that there are."""
    found = classifiers().filter(name=name).first()
    if found is None:
        raise NotFound(str(UnknownClassifier(name[:64])))
    return found


class ModelsView(APIView):
    scopes = ABOUT_THE_MODEL

    @schema.models
    def get(self, request: Request) -> Response:
        return Response(ClassifierSerializer(classifiers(), many=True).data)


class MayChangeClassifiers(BasePermission):
    def has_permission(self, request: Request, view: APIView) -> bool:
        return request.method in SAFE_METHODS or rights.staff_may(
            request.user, "change", Classifier
        )


class ClassifierView(APIView):
    scopes = ABOUT_THE_MODEL
    permission_classes = [*APIView.permission_classes, MayChangeClassifiers]

    @schema.classifier
    def get(self, request: Request, name: str) -> Response:
        return Response(ClassifierSerializer(classifier_named(name)).data)

    @schema.thresholds
    def patch(self, request: Request, name: str) -> Response:
        classifier = classifier_named(name)
        body = ThresholdsSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        change = Changes(actor=user_of(request), request=request)
        try:
            with transaction.atomic():
                now = change.lock_classifier(classifier)
                asked = {"threshold": now.threshold, "class_thresholds": now.class_thresholds}
                asked |= body.validated_data
                set_thresholds(change, now, asked["threshold"], asked["class_thresholds"])
        except RoleRefused as error:
            raise ValidationError({"class_thresholds": [str(error)]}) from error
        return self.get(request, name)


class VersionsView(generics.ListAPIView[ModelVersion]):
    scopes = ABOUT_THE_MODEL
    pagination_class = NewestFirst

    def sees_all(self) -> bool:
        return rights.staff_may(self.request.user, "view", ModelVersion)

    def get_serializer_class(self) -> Any:
        return VersionForStaffSerializer if self.sees_all() else VersionSerializer

    def get_serializer_context(self) -> dict[str, Any]:
        answering = ModelVersion.objects.filter(classifier__name=self.kwargs["name"])
        answering = answering.exclude(role=ModelVersion.Role.RETIRED)
        return {**super().get_serializer_context(), "versions": answering}

    def get_queryset(self) -> QuerySet[ModelVersion]:
        """All for staff with the right to see them; for others the one that answers them."""
        classifier = classifier_named(self.kwargs["name"])
        if self.sees_all():
            return classifier.versions.all()
        try:
            answers = read_roles_in(classifier).version_for(user_of(self.request).pk)
        except NoModel:
            return classifier.versions.none()
        return classifier.versions.filter(pk=answers.pk)

    @schema.versions
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class ClassesView(APIView):
    scopes = ABOUT_THE_MODEL

    @schema.classes
    def get(self, request: Request, name: str) -> Response:
        champion = champion_in(classifier_named(name))
        if champion is None:
            return not_taken(NoModel())
        text = request.query_params.get("search", "").strip()
        return Response(ClassSerializer(search_in(champion.label_set_id, text), many=True).data)
