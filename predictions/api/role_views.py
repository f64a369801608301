"""The roles of versions over HTTP, for staff."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import generics
from rest_framework.exceptions import APIException, NotFound, ValidationError
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.rights import staff_may
from accounts.scopes import Scope
from accounts.services import user_of
from foundation.web.pagination import NewestFirst
from predictions.api import role_schema as schema
from predictions.api.role_serializers import (
    ChangeSerializer,
    RoleChangeSerializer,
    RolesSerializer,
)
from predictions.classifiers import Classifier, ModelVersion, RoleChange
from predictions.registry.actions import perform
from predictions.registry.naming import classifier_named
from predictions.registry.roles import Changes, RoleRefused
from predictions.registry.routing import UnknownClassifier

Role = ModelVersion.Role


class Conflict(APIException):
    status_code = 409


class MayChangeRoles(BasePermission):
    """Viewing them takes the permission to view versions, changing them that to change these."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        verb = "view" if request.method in SAFE_METHODS else "change"
        return staff_may(request.user, verb, ModelVersion)


class OfClassifier(APIView):
    permission_classes = [*APIView.permission_classes, MayChangeRoles]
    # Nothing that is stored in scripts changes what answers everybody.
    scopes = {"GET": [{Scope.READ}]}

    def get_classifier(self) -> Classifier:
        """Raises NotFound, which names the classifiers that there are."""
        try:
            return classifier_named(self.kwargs["name"])
        except UnknownClassifier as error:
            raise NotFound(str(error)) from error


class RolesView(OfClassifier):
    @schema.retrieve
    def get(self, request: Request, name: str) -> Response:
        return Response(roles_now(self.get_classifier()))

    @schema.change
    def post(self, request: Request, name: str) -> Response:
        classifier = self.get_classifier()
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
        return self.get(request, name)


class RoleHistoryView(generics.ListAPIView[RoleChange], OfClassifier):
    serializer_class = RoleChangeSerializer
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[RoleChange]:
        changes = self.get_classifier().role_changes
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
