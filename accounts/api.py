"""Tokens and people over HTTP."""

from typing import Any, cast

from django.db.models import Q
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import generics, mixins, permissions, status
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.parsers import FormParser, JSONParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.settings import api_settings as jwt_settings
from rest_framework_simplejwt.tokens import Token

from accounts import services
from accounts.authentication import BearerAuthentication
from accounts.models import ApiToken, User
from accounts.pagination import NewestFirst
from accounts.schema import THROTTLED, UNAUTHORISED, error
from accounts.serializers import (
    LoginSerializer,
    RefreshSerializer,
    TokenSerializer,
    UserSerializer,
)
from accounts.throttles import LoginThrottle, SignupThrottle

TOKEN_EXAMPLE = OpenApiExample(
    "A new pair",
    {
        "access_token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGFAZXhhbXBsZS5jb20ifQ.c2ln",
        "token_type": "bearer",
        "expires_in": 1800,
        "refresh_token": "eyJhbGciOiJIUzI1NiJ9.eyJ0b2tlbl90eXBlIjoicmVmcmVzaCJ9.c2ln",
    },
    response_only=True,
    status_codes=["200"],
)
USER_EXAMPLE = OpenApiExample(
    "A person",
    {
        "id": 7,
        "email": "ada@example.com",
        "username": "Ada",
        "created_at": "2026-11-23T09:30:00Z",
    },
    response_only=True,
)


NOT_SIGNED_IN = "An API token was never signed in. Revoke it on the account page instead."
NOT_FOUND = error("Not there, or not yours", "No User matches the given query.")


def token_response(tokens: services.TokenPair) -> Response:
    return Response(
        {
            "access_token": tokens.access,
            "token_type": "bearer",
            "expires_in": int(jwt_settings.ACCESS_TOKEN_LIFETIME.total_seconds()),
            "refresh_token": tokens.refresh,
        },
        # RFC 6749, section 5.1.
        headers={"Cache-Control": "no-store", "Pragma": "no-cache"},
    )


class TokenView(APIView):
    """Answers with a new pair of tokens; a refusal is a 401 that names the scheme."""

    permission_classes = [permissions.AllowAny]
    throttle_classes = [LoginThrottle]
    parser_classes = [FormParser, JSONParser, MultiPartParser]

    def get_authenticators(self) -> list[Any]:
        # A stale Authorization header must not keep anybody from signing in; the authenticator
        # stays in place for the WWW-Authenticate header of a 401.
        return [] if self.request is not None else [BearerAuthentication()]

    def get_authenticate_header(self, request: Request) -> str:
        return "Bearer"


class LoginView(TokenView):
    @extend_schema(
        tags=["tokens"],
        summary="Sign in",
        operation_id="login",
        auth=[],
        request={
            "application/x-www-form-urlencoded": LoginSerializer,
            "application/json": LoginSerializer,
        },
        responses={
            200: TokenSerializer,
            401: error("Unknown email or wrong password", "Wrong email or password."),
            429: THROTTLED,
        },
        examples=[
            OpenApiExample(
                "Credentials",
                {"username": "ada@example.com", "password": "correct horse"},
                request_only=True,
            ),
            TOKEN_EXAMPLE,
        ],
    )
    def post(self, request: Request) -> Response:
        credentials = LoginSerializer(data=request.data)
        credentials.is_valid(raise_exception=True)
        try:
            user = services.sign_in(
                request._request,
                credentials.validated_data["username"],
                credentials.validated_data["password"],
            )
        except services.SignInFailed:
            raise AuthenticationFailed("Wrong email or password.") from None
        return token_response(services.issue_tokens(user))


class RefreshView(TokenView):
    @extend_schema(
        tags=["tokens"],
        summary="Trade a refresh token for a new pair",
        operation_id="login_refresh",
        auth=[],
        request=RefreshSerializer,
        responses={
            200: TokenSerializer,
            401: error("The refresh token is dead", "This refresh token is no longer valid."),
            429: THROTTLED,
        },
        examples=[
            OpenApiExample(
                "A refresh token",
                {"refresh_token": "eyJhbGciOiJIUzI1NiJ9.eyJ0b2tlbl90eXBlIjoicmVmcmVzaCJ9.c2ln"},
                request_only=True,
            ),
            TOKEN_EXAMPLE,
        ],
    )
    def post(self, request: Request) -> Response:
        body = RefreshSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        try:
            tokens = services.rotate_tokens(body.validated_data["refresh_token"])
        except services.TokenRefused:
            raise AuthenticationFailed(
                "This refresh token is no longer valid. Sign in again at /login."
            ) from None
        return token_response(tokens)


class LogoutView(APIView):
    @extend_schema(
        tags=["tokens"],
        summary="Sign out: the access token and its refresh token are dead",
        operation_id="logout",
        request=None,
        responses={
            204: None,
            401: UNAUTHORISED,
            403: error("Sent with an API token", NOT_SIGNED_IN),
        },
    )
    def post(self, request: Request) -> Response:
        if isinstance(request.auth, ApiToken):
            raise PermissionDenied(NOT_SIGNED_IN)
        services.sign_out(services.user_of(request), cast(Token, request.auth))
        return Response(status=status.HTTP_204_NO_CONTENT)


@extend_schema_view(
    get=extend_schema(
        tags=["users"],
        summary="Everybody, for staff",
        operation_id="users_list",
        examples=[USER_EXAMPLE],
        responses={
            200: UserSerializer(many=True),
            401: UNAUTHORISED,
            403: error("Not staff", "You do not have permission to perform this action."),
        },
    ),
    post=extend_schema(
        tags=["users"],
        summary="Sign up",
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
            400: OpenApiResponse(
                dict[str, list[str]],
                "A field is missing or invalid, or the email is taken",
                examples=[
                    OpenApiExample("Taken", {"email": ["This email is already registered."]})
                ],
            ),
            429: THROTTLED,
        },
    ),
)
class UsersView(generics.ListCreateAPIView[User]):
    serializer_class = UserSerializer
    queryset = User.objects.order_by("-id")
    pagination_class = NewestFirst

    def get_authenticators(self) -> list[Any]:
        if self.request is not None and self.request.method == "POST":
            return []
        return super().get_authenticators()

    def get_permissions(self) -> list[Any]:
        if self.request.method == "POST":
            return [permissions.AllowAny()]
        return [permissions.IsAdminUser()]

    def get_throttles(self) -> list[Any]:
        return [SignupThrottle()] if self.request.method == "POST" else []


@extend_schema_view(
    get=extend_schema(
        tags=["users"],
        summary="One person: oneself, or anyone for staff",
        operation_id="users_retrieve",
        examples=[USER_EXAMPLE],
        responses={200: UserSerializer, 401: UNAUTHORISED, 404: NOT_FOUND},
    ),
    patch=extend_schema(
        tags=["users"],
        summary="Change email, name or password (a new password ends all tokens)",
        operation_id="users_update",
        examples=[
            OpenApiExample("A new name", {"username": "Ada Lovelace"}, request_only=True),
            USER_EXAMPLE,
        ],
        responses={
            200: UserSerializer,
            400: OpenApiResponse(
                dict[str, list[str]],
                "A field is invalid, or the email is taken",
                examples=[
                    OpenApiExample("Taken", {"email": ["This email is already registered."]})
                ],
            ),
            401: UNAUTHORISED,
            404: NOT_FOUND,
        },
    ),
    delete=extend_schema(
        tags=["users"],
        summary="Delete a person, with their uploads and feedback",
        operation_id="users_destroy",
        responses={
            204: None,
            401: UNAUTHORISED,
            403: error("The last superuser, oneself", services.LAST_SUPERUSER),
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
    serializer_class = UserSerializer

    def get_queryset(self) -> Any:
        """Oneself, or everybody for staff: anyone else is not found.

        Staff may not change superusers, whose password would make them one themselves.
        """
        user, everybody = services.user_of(self.request), User.objects.all()
        if not user.is_staff:
            return everybody.filter(email=user.email)
        if user.is_superuser or self.request.method in permissions.SAFE_METHODS:
            return everybody
        return everybody.exclude(Q(is_superuser=True) & ~Q(email=user.email))

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.retrieve(request, *args, **kwargs)

    def patch(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.partial_update(request, *args, **kwargs)

    def delete(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.destroy(request, *args, **kwargs)

    def perform_destroy(self, instance: User) -> None:
        try:
            services.delete_account(instance)
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

    def get_object(self) -> User:
        return services.user_of(self.request)


@extend_schema_view(
    get=extend_schema(operation_id="user_list", deprecated=True),
    post=extend_schema(operation_id="user_create", deprecated=True),
)
class UserAliasView(UsersView):
    """`/user/`, as the predecessor spells it."""


@extend_schema_view(
    get=extend_schema(operation_id="user_retrieve", deprecated=True),
    patch=extend_schema(operation_id="user_update", deprecated=True),
    delete=extend_schema(operation_id="user_destroy", deprecated=True),
)
class UserAliasDetailView(UserView):
    """`/user/{id}`, as the predecessor spells it."""
