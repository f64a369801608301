"""One person over HTTP: oneself, or for staff somebody else."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import generics, mixins
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import rights, services, tokens
from accounts.models import WRONG_PASSWORD, ApiToken, User
from accounts.schema import NOT_ALLOWED, USER_EXAMPLE
from accounts.scopes import Scope
from accounts.serializers import (
    ACCESS,
    CurrentPasswordSerializer,
    UserChangeSerializer,
    UserSerializer,
)
from accounts.throttles import LoginThrottle
from foundation.web.schema import UNAUTHORISED, DetailSerializer, error, invalid

SIGN_IN_FOR_THAT = (
    "API tokens cannot change an email or password or delete an account. Sign in at /login instead."
)
NO_SUCH_USER = "No User matches the given query."
NOT_FOUND = error("Does not exist, or you don't have permission to view it", NO_SUCH_USER)
VERBS = {"PATCH": "change", "DELETE": "delete"}  # any other method views


@extend_schema_view(
    get=extend_schema(
        tags=["users"],
        summary="One person: oneself, or anyone for staff",
        description="Viewing others takes Django's permission `accounts.view_user` or "
        "`accounts.change_user`, as in the admin.",
        operation_id="users_retrieve",
        examples=[USER_EXAMPLE],
        responses={200: UserSerializer, 401: UNAUTHORISED, 404: NOT_FOUND},
    ),
    patch=extend_schema(
        tags=["users"],
        summary="Change email, name or password (a new email or password revokes access and "
        "refresh tokens; API tokens stay, unless `revoke_api_tokens` is true)",
        description="A new email or password of your own needs your `current_password`, and counts "
        "as a sign-in. Changing others takes Django's permission `accounts.change_user` and no "
        "password, as in the admin; only superusers can change other staff. People whom you "
        "can view but not change give a 403, others a 404.",
        operation_id="users_update",
        examples=[
            OpenApiExample("A new name", {"username": "Ada Lovelace"}, request_only=True),
            OpenApiExample(
                "A new password",
                {"password": "battery staple", "current_password": "correct horse"},
                request_only=True,
            ),
            USER_EXAMPLE,
        ],
        responses={
            200: UserSerializer,
            400: invalid(
                "A field is invalid, the email is taken, or the current password is missing or "
                "wrong",
                "current_password",
                str(WRONG_PASSWORD),
            ),
            401: UNAUTHORISED,
            403: OpenApiResponse(
                DetailSerializer,
                "A person whom you can only view; or email or password with an API token",
                examples=[
                    OpenApiExample("View only", {"detail": NOT_ALLOWED}),
                    OpenApiExample("With an API token", {"detail": SIGN_IN_FOR_THAT}),
                ],
            ),
            404: NOT_FOUND,
        },
    ),
    delete=extend_schema(
        tags=["users"],
        summary="Delete a person, with their uploads and feedback",
        description="Your own account needs your `current_password`, and counts as a sign-in. "
        "Deleting others takes Django's permission `accounts.delete_user` and no body; only "
        "superusers can delete other staff. People whom you can view but not delete give a "
        "403, others a 404.",
        operation_id="users_destroy",
        responses={
            204: None,
            400: invalid(
                "The current password is missing or wrong", "current_password", str(WRONG_PASSWORD)
            ),
            401: UNAUTHORISED,
            403: OpenApiResponse(
                DetailSerializer,
                "The last superuser, oneself; a person whom you can only view; or with an API "
                "token",
                examples=[
                    OpenApiExample("View only", {"detail": NOT_ALLOWED}),
                    OpenApiExample("The last one", {"detail": services.LAST_SUPERUSER}),
                    OpenApiExample("With an API token", {"detail": SIGN_IN_FOR_THAT}),
                ],
            ),
            404: NOT_FOUND,
        },
    ),
)
class UserView(
    mixins.RetrieveModelMixin,
    mixins.UpdateModelMixin,
    mixins.DestroyModelMixin,
    generics.GenericAPIView[User],
):
    serializer_class = UserChangeSerializer
    # A token can only change the name, and only if it has all scopes that are about its person.
    scopes = {"GET": [{Scope.READ}], "PATCH": [{Scope.PREDICT, Scope.READ, Scope.FEEDBACK}]}
    api_token_refusal = SIGN_IN_FOR_THAT

    def get_throttles(self) -> list[Any]:
        return [LoginThrottle()] if self.asks_for_password() else super().get_throttles()

    def asks_for_password(self) -> bool:
        """Whether it could delete one's own account, or hand it to somebody with a stolen token."""
        if self.kwargs["pk"] != self.request.user.pk:
            return False
        return self.request.method == "DELETE" or (
            self.request.method == "PATCH" and self.sends(ACCESS)
        )

    def sends(self, names: set[str]) -> bool:
        """Whether the body has one of these fields."""
        body = self.request.data
        return isinstance(body, dict) and not body.keys().isdisjoint(names)

    def get_object(self) -> User:
        """Oneself, or a person whom this one has permission to view, change or delete.

        Raises:
            PermissionDenied: they can only view this one.
            NotFound: they cannot even view it.
        """
        user, pk = services.user_of(self.request), self.kwargs["pk"]
        if pk == user.pk:
            return user
        verb = VERBS.get(self.request.method or "", "view")
        person = User.objects.filter(pk=pk).first()
        if person is not None and rights.may(user, verb, person):
            return person
        if person is not None and rights.may(user, "view", person):
            raise PermissionDenied
        raise NotFound(NO_SUCH_USER)

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.retrieve(request, *args, **kwargs)

    def patch(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        if self.sends(ACCESS | {"revoke_api_tokens"}):
            self.refuse_api_token()
        return self.partial_update(request, *args, **kwargs)

    def delete(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        if self.asks_for_password():
            proof = CurrentPasswordSerializer(
                data=request.data, context=self.get_serializer_context()
            )
            proof.is_valid(raise_exception=True)
        return self.destroy(request, *args, **kwargs)

    def perform_update(self, serializer: Any) -> None:
        revoke = serializer.validated_data.pop("revoke_api_tokens", False)
        with services.changes_recorded(self.request, serializer.instance):
            person = serializer.save()
            if revoke:
                actor = services.user_of(self.request)
                tokens.revoke(person.api_tokens.all(), self.request, actor)

    def refuse_api_token(self) -> None:
        """It is stored in scripts for years: somebody who finds it must not get the account as
        well.
        """
        if isinstance(self.request.auth, ApiToken):
            raise PermissionDenied(SIGN_IN_FOR_THAT)

    def perform_destroy(self, instance: User) -> None:
        try:
            services.delete_account(instance, self.request)
        except services.LastSuperuser:
            raise PermissionDenied(services.LAST_SUPERUSER) from None


@extend_schema_view(
    get=extend_schema(
        tags=["users"],
        summary="Oneself",
        operation_id="users_me",
        examples=[USER_EXAMPLE],
        responses={200: UserSerializer, 401: UNAUTHORISED},
    )
)
class MeView(generics.RetrieveAPIView[User]):
    serializer_class = UserSerializer
    scopes = {"GET": [{Scope.READ}]}

    def get_object(self) -> User:
        return services.user_of(self.request)


@extend_schema_view(
    get=extend_schema(operation_id="user_retrieve", deprecated=True),
    patch=extend_schema(operation_id="user_update", deprecated=True),
    delete=extend_schema(operation_id="user_destroy", deprecated=True),
)
class UserAliasDetailView(UserView):
    """`/user/{id}`, as the predecessor spells it."""


@extend_schema_view(get=extend_schema(operation_id="user_me", deprecated=True))
class UserAliasMeView(MeView):
    """`/user/me`, as the predecessor spells the rest."""
