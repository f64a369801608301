"""Bearer tokens: who sends this request."""

from functools import lru_cache
from typing import Any

from django.db import connection
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import AccessToken, Token
from rest_framework_simplejwt.utils import aware_utcnow, get_md5_hash_password
from structlog.contextvars import bind_contextvars

from accounts import families, tokens
from accounts.models import ApiToken, User

# In SQL, because every request runs it: Django takes longer to build the query than PostgreSQL to
# answer it.
COLUMNS = [field.attname for field in User._meta.concrete_fields]  # `from_db` goes by their order
BEARER = f"""
    SELECT {", ".join(COLUMNS)}, EXISTS (
        SELECT FROM token_blacklist_blacklistedtoken AS dead
        JOIN token_blacklist_outstandingtoken AS token ON token.id = dead.token_id
        WHERE token.jti IN (%(token_id)s, %(family)s)
    ) AS signed_out
    FROM accounts_user WHERE email = %(email)s
"""  # noqa: S608  # the names of our own columns

ACCOUNT_GONE = "This account has been deleted or locked."


@lru_cache(maxsize=1000)
def verified(raw_token: bytes) -> AccessToken:
    """A token of ours; its signature is cached for the next requests.

    Raises:
        TokenError
    """
    return AccessToken(raw_token)  # type: ignore[arg-type]


class BearerAuthentication(JWTAuthentication):
    """`Authorization: Bearer <access token or API token>`, checked with a single query.

    Raises:
        AuthenticationFailed: the token is malformed, expired or revoked (signed out, or the
            password has changed since), or its user is deleted or locked.
    """

    www_authenticate_realm = "api"

    def authenticate(self, request: Request) -> Any:
        """The user and the token: an `ApiToken` or a JWT."""
        found = self.find(request)
        if found is not None:
            bind_contextvars(user_id=found[0].pk)  # into all log lines of this request
        return found

    def find(self, request: Request) -> Any:
        header = self.get_header(request)
        raw_token = None if header is None else self.get_raw_token(header)
        if raw_token is not None and raw_token.startswith(tokens.START.encode()):
            token = self.get_api_token(raw_token)
            return token.user, token
        return super().authenticate(request)

    def get_api_token(self, secret: bytes) -> ApiToken:
        token = tokens.find(secret)
        if token is None:
            raise AuthenticationFailed(
                "This API token does not exist or was revoked.", "token_revoked"
            )
        if not token.user.is_active:
            raise AuthenticationFailed(ACCOUNT_GONE, "account_locked")
        if token.has_expired:
            raise AuthenticationFailed(
                "This API token has expired. Create a new one on the account page.", "token_expired"
            )
        tokens.note_use(token)
        token.user.passed_second_factor = token.second_factor
        return token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"

    def get_raw_token(self, header: bytes) -> bytes | None:
        # RFC 7235, section 2.1: the scheme is case-insensitive.
        scheme, _, rest = header.partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        token = rest.strip()
        if not token or b" " in token:
            raise AuthenticationFailed(
                "The Authorization header must be: Bearer <access token>.", "header_malformed"
            )
        return token

    def get_validated_token(self, raw_token: bytes) -> Token:
        try:
            token = verified(raw_token)
            token.check_exp(current_time=aware_utcnow())
            return token
        except TokenError as error:
            raise AuthenticationFailed(
                "The access token is invalid or has expired. Sign in again at /login.",
                "token_invalid",
            ) from error

    def get_user(self, validated_token: Token) -> User:  # type: ignore[override]
        claims = {
            "email": validated_token.get("sub", ""),
            "family": families.blacklist_id(validated_token),
            # Before families existed, signing out blacklisted the access token itself.
            "token_id": validated_token["jti"],
        }
        with connection.cursor() as cursor:
            cursor.execute(BEARER, claims)
            row = cursor.fetchone()
        user = None if row is None else User.from_db("default", COLUMNS, row[:-1])
        if user is None or not user.is_active:
            raise AuthenticationFailed(ACCOUNT_GONE, "account_locked")
        signed_out = row[-1]
        changed = validated_token.get("hash_password") != get_md5_hash_password(user.password)
        if signed_out or changed:
            raise AuthenticationFailed(
                "This access token was revoked. Sign in again at /login.", "token_revoked"
            )
        user.passed_second_factor = bool(validated_token.get(families.SECOND_FACTOR))
        return user
