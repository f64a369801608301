"""The roles of versions over HTTP, for staff and for owners of classifiers."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import generics
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.services import user_of
from foundation.web.pagination import NewestFirst
from predictions.api import role_schema as schema
from predictions.api.of_classifier import OfClassifier
from predictions.api.role_serializers import (
    ChangeSerializer,
    RoleChangeSerializer,
    RolesSerializer,
)
from predictions.classifiers import Classifier, ModelVersion, RoleChange
from predictions.registry.actions import perform
from predictions.registry.roles import Changes, RoleRefused

Role = ModelVersion.Role


class Conflict(APIException):
    status_code = 409
    default_code = "conflict"


class RolesView(OfClassifier):
    @schema.retrieve
    def get(self, request: Request, name: str) -> Response:
        return Response(roles_now(self.get_own(ModelVersion)))

    @schema.change
    def post(self, request: Request, name: str) -> Response:
        classifier = self.get_own(ModelVersion)
        body = ChangeSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        asked = body.validated_data
        version = version_of(classifier, asked["version"]) if "version" in asked else None
        changes = Changes(
            actor=user_of(request),
            reason=asked["reason"],
            request=request,
            seen=asked["revision"],
        )
        try:
            perform(changes, asked["action"], classifier, version, asked.get("share"))
        except RoleRefused as error:
            raise Conflict(str(error)) from error
        return Response(roles_now(self.get_classifier()))


class RoleHistoryView(generics.ListAPIView[RoleChange], OfClassifier):
    serializer_class = RoleChangeSerializer
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[RoleChange]:
        changes = self.get_own(ModelVersion).role_changes
        return changes.select_related("version", "champion_before")

    @schema.history
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


def version_of(classifier: Classifier, pk: int) -> ModelVersion:
    """Raises ValidationError."""
    version = classifier.versions.select_related("classifier").filter(pk=pk).first()
    if version is None:
        raise ValidationError({"version": [f"{classifier} has no version with the id {pk}."]})
    return version


def roles_now(classifier: Classifier) -> dict[str, Any]:
    answering = list(classifier.versions.exclude(role=Role.RETIRED).order_by("pk"))
    by_role = {role: [version for version in answering if version.role == role] for role in Role}
    roles = {
        "classifier": classifier.name,
        "revision": classifier.revision,
        "champion": next(iter(by_role[Role.CHAMPION]), None),
        "challengers": by_role[Role.CHALLENGER],
        "shadows": by_role[Role.SHADOW],
    }
    return RolesSerializer(roles, context={"versions": answering}).data
