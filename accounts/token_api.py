"""Tokens over HTTP: sign in, refresh, sign out."""

from typing import Any, cast

from django.db import transaction
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema
from rest_framework import permissions, status
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.settings import api_settings as jwt_settings
from rest_framework_simplejwt.tokens import Token

from accounts import audit, families, second_factor, services, sessions
from accounts.audit import Action
from accounts.authentication import BearerAuthentication
from accounts.serializers import LoginSerializer, RefreshSerializer, TokenSerializer
from accounts.throttles import LoginThrottle
from foundation.web.parsers import JSONParser
from foundation.web.schema import UNAUTHORISED, DetailSerializer, error, invalid

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
WRONG = "Incorrect email or password."
CODE_MISSING = "This account uses two-factor sign-in. Send the current code as otp."
PASSKEYS_ONLY = (
    "This account uses two-factor sign-in with passkeys, which need a browser. "
    "Create an API token on the account page, or send a recovery code as otp."
)
WRONG_CODE = "Incorrect or already used code. Send the current one as otp."
NOT_SIGNED_IN = "API tokens cannot sign out. Revoke it on the account page instead."


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
    """Returns a new pair of tokens; a refusal is a 401 with the scheme."""

    permission_classes = [permissions.AllowAny]
    throttle_classes = [LoginThrottle]
    parser_classes = [FormParser, JSONParser, MultiPartParser]

    def get_authenticators(self) -> list[Any]:
        # A stale Authorization header must not prevent a sign-in; the authenticator is kept for the
        # WWW-Authenticate header of a 401.
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
            400: invalid("A field is missing", "password", "This field is required."),
            401: OpenApiResponse(
                DetailSerializer,
                "Unknown email or wrong password; or the code of the second factor is missing or "
                "wrong",
                examples=[
                    OpenApiExample(
                        "Wrong", {"detail": WRONG, "code": "wrong_credentials"}, response_only=True
                    ),
                    OpenApiExample(
                        "No code",
                        {"detail": CODE_MISSING, "code": "second_factor_missing"},
                        response_only=True,
                    ),
                    OpenApiExample(
                        "Passkeys",
                        {"detail": PASSKEYS_ONLY, "code": "second_factor_missing"},
                        response_only=True,
                    ),
                    OpenApiExample(
                        "Wrong code",
                        {"detail": WRONG_CODE, "code": "second_factor_wrong"},
                        response_only=True,
                    ),
                ],
            ),
        },
        examples=[
            OpenApiExample(
                "Credentials",
                {"username": "ada@example.com", "password": "correct horse"},
                request_only=True,
            ),
            OpenApiExample(
                "With two-factor sign-in",
                {"username": "ada@example.com", "password": "correct horse", "otp": "123456"},
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
                credentials.validated_data.get("otp", ""),
            )
        except services.SignInFailed:
            raise AuthenticationFailed(WRONG, "wrong_credentials") from None
        except services.CodeMissing as missing:
            said = CODE_MISSING if missing.has_app else PASSKEYS_ONLY
            raise AuthenticationFailed(said, "second_factor_missing") from None
        except second_factor.WrongCode:
            raise AuthenticationFailed(WRONG_CODE, "second_factor_wrong") from None
        return token_response(services.issue_tokens(user, sessions.begin_api(request, user)))


class RefreshView(TokenView):
    @extend_schema(
        tags=["tokens"],
        summary="Trade a refresh token for a new pair",
        description="Each refresh token works once. Reusing one later revokes all tokens of the "
        "same sign-in, because it may have been stolen.",
        operation_id="login_refresh",
        auth=[],
        request=RefreshSerializer,
        responses={
            200: TokenSerializer,
            400: invalid("A field is missing", "refresh_token", "This field is required."),
            401: error(
                "The refresh token is no longer valid",
                "This refresh token is no longer valid. Sign in again at /login.",
                "token_invalid",
            ),
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
            tokens = services.rotate_tokens(request, body.validated_data["refresh_token"])
        except services.TokenRefused:
            raise AuthenticationFailed(
                "This refresh token is no longer valid. Sign in again at /login.", "token_invalid"
            ) from None
        return token_response(tokens)


class LogoutView(APIView):
    api_token_refusal = NOT_SIGNED_IN

    @extend_schema(
        tags=["tokens"],
        summary="Sign out: revokes all tokens of the same sign-in",
        operation_id="logout",
        request=None,
        responses={
            204: None,
            401: UNAUTHORISED,
            403: error("Sent with an API token", NOT_SIGNED_IN),
        },
    )
    def post(self, request: Request) -> Response:
        user = services.user_of(request)
        with transaction.atomic():
            families.end(user, cast(Token, request.auth))
            audit.record(Action.SIGNED_OUT, request, actor=user, target=user, detail={"by": "api"})
        return Response(status=status.HTTP_204_NO_CONTENT)
