"""Tokens of one sign-in form a family: rotation keeps its id, and all are revoked together.

Without that, a thief who uses a stolen refresh token first would stay signed in: the owner's next
refresh would be refused, and only theirs (RFC 9700, section 4.14.2).
"""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from django.db import transaction
from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken
from rest_framework_simplejwt.tokens import AccessToken, Token

from accounts import audit
from accounts.models import User

CLAIM = "fam"
SECOND_FACTOR = "mfa"  # a claim: whether the sign-in took one (the word is of RFC 8176)
# For retries sent in parallel: within it, a reused refresh token is refused without revoking its
# family.
GRACE = timedelta(seconds=10)


class RefreshToken(Token):
    """Skips simplejwt's own blacklist check, which cannot tell reuse from garbage.

    Nor does it keep a copy of each token in the database.
    """

    token_type = "refresh"  # noqa: S105
    lifetime = api_settings.REFRESH_TOKEN_LIFETIME


def new_id() -> str:
    return uuid4().hex


def id_of(token: Token) -> str:
    """Tokens from before families existed have none and use their refresh token's id."""
    family: str = token.get(CLAIM) or token.get("sid") or token["jti"]
    return family


def blacklist_id(token: Token) -> str:
    return entry(id_of(token))


def entry(family: str) -> str:
    """The family's id in the blacklist, distinct from every token id."""
    return f"family:{family}"


def has_ended(token: Token) -> bool:
    return BlacklistedToken.objects.filter(token__jti=blacklist_id(token)).exists()


def end(user: User, token: Token) -> None:
    end_by_id(user, id_of(token))


def end_by_id(user: User, family: str) -> None:
    """Revokes every token of the family, including those of a rotation in progress."""
    lifetime = RefreshToken.lifetime + AccessToken.lifetime  # no token of the family expires later
    revoke(user, entry(family), datetime.now(UTC) + lifetime)
    user.api_sign_ins.filter(family=family).delete()


def end_if_reused(user: User, refresh_token: Token, request: HttpRequest | Request) -> None:
    """Revokes the family of a reused refresh token, unless this is a retry."""
    used = BlacklistedToken.objects.filter(token__jti=refresh_token["jti"])
    if not used.filter(blacklisted_at__lt=datetime.now(UTC) - GRACE).exists():
        return
    with transaction.atomic():
        end(user, refresh_token)
        audit.record(audit.Action.REFRESH_TOKEN_REUSED, request, target=user)


def revoke(user: User, jti: str, expires: datetime) -> bool:
    """Blacklists this id until it expires; False if it already was."""
    outstanding, _ = OutstandingToken.objects.get_or_create(
        jti=jti, defaults={"user": user, "expires_at": expires}
    )
    _, created = BlacklistedToken.objects.get_or_create(token=outstanding)
    return created
