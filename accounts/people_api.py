"""People over HTTP: signing up, and the list of everybody."""

from typing import Any

from django.db import transaction
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import generics, permissions
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import audit, rights, signup
from accounts.audit import Action
from accounts.models import EMAIL_TAKEN, User
from accounts.permissions import ApiTokenScopes
from accounts.schema import NOT_ALLOWED, USER_EXAMPLE
from accounts.scopes import Scope
from accounts.serializers import SignupSerializer, UserSerializer
from accounts.throttles import SignupThrottle
from foundation.web.pagination import NewestFirst
from foundation.web.schema import (
    NEXT_PAGE,
    NO_SUCH_LIMIT,
    NO_SUCH_PAGE,
    UNAUTHORISED,
    error,
    invalid,
)


class MayViewPeople(permissions.BasePermission):
    def has_permission(self, request: Request, view: APIView) -> bool:
        return rights.may(request.user, "view")


@extend_schema_view(
    get=extend_schema(
        tags=["users"],
        summary="Everybody, for staff",
        description="Needs Django's permission `accounts.view_user` or `accounts.change_user`, as "
        "in the admin.",
        operation_id="users_list",
        parameters=[NEXT_PAGE],
        examples=[USER_EXAMPLE],
        responses={
            200: UserSerializer(many=True),
            400: NO_SUCH_LIMIT,
            401: UNAUTHORISED,
            403: error("Not staff, or without that permission", NOT_ALLOWED),
            404: NO_SUCH_PAGE,
        },
    ),
    post=extend_schema(
        tags=["users"],
        summary="Sign up",
        description="Operators can close it, or have people send the code of an `invitation`.",
        request=SignupSerializer,
        operation_id="users_create",
        auth=[],
        examples=[
            OpenApiExample(
                "A new person",
                {"email": "ada@example.com", "username": "Ada", "password": "correct horse"},
                request_only=True,
            ),
            USER_EXAMPLE,
        ],
        responses={
            201: UserSerializer,
            400: invalid(
                "A field is missing or invalid, or the email is taken", "email", str(EMAIL_TAKEN)
            ),
            403: error(
                "Where sign-up is closed, or takes an invitation that was not sent", signup.NEEDED
            ),
        },
    ),
)
class UsersView(generics.ListCreateAPIView[User]):
    serializer_class = UserSerializer
    queryset = User.objects.order_by("-id")
    scopes = {"GET": [{Scope.READ}]}
    pagination_class = NewestFirst

    def get_authenticators(self) -> list[Any]:
        if self.request is not None and self.request.method == "POST":
            return []
        return super().get_authenticators()

    def get_permissions(self) -> list[Any]:
        if self.request.method == "POST":
            return [permissions.AllowAny()]
        return [ApiTokenScopes(), MayViewPeople()]

    def get_throttles(self) -> list[Any]:
        return [SignupThrottle()] if self.request.method == "POST" else super().get_throttles()

    def get_serializer_class(self) -> type[UserSerializer]:
        return SignupSerializer if self.request.method == "POST" else UserSerializer

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        body = request.data if isinstance(request.data, dict) else {}
        try:
            self.invitation = signup.invitation_for(str(body.get("invitation") or ""))
            return super().create(request, *args, **kwargs)
        except signup.NotAdmitted as error:
            raise PermissionDenied(str(error), code="not_invited") from error

    def perform_create(self, serializer: Any) -> None:
        with transaction.atomic():
            signup.use(self.invitation, serializer.validated_data["email"])
            user = serializer.save()
            audit.record(Action.SIGNED_UP, self.request, actor=user, target=user)


@extend_schema_view(
    get=extend_schema(operation_id="user_list", deprecated=True),
    post=extend_schema(operation_id="user_create", deprecated=True),
)
class UserAliasView(UsersView):
    """`/user/`, as the predecessor spells it."""
