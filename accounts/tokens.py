"""API tokens: personal, named, and valid until they expire or are revoked.

The database stores only their hash. SHA-256 is enough: a secret of 256 random bits cannot be
guessed, so a slow hash would not add protection.
"""

import secrets
from collections.abc import Iterable
from datetime import timedelta
from hashlib import sha256

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts import audit
from accounts.models import ApiToken, User
from accounts.scopes import usual_scopes

START = "ic_"  # tells an API token from a JWT, which starts with "ey"
SHOWN = len(START) + 6  # characters by which people recognise their tokens
MOST = 20  # a person
LAST_USED_EVERY = timedelta(hours=1)


class TooMany(Exception):
    """The person has reached the maximum number of tokens."""


@transaction.atomic
def issue(
    user: User, name: str, scopes: list[str] | None = None, lifetime: timedelta | None = None
) -> str:
    """Creates a token and returns its secret, which cannot be recovered afterwards.

    scopes: every one, unless told.
    lifetime: until it is revoked, unless told.

    Raises:
        TooMany
    """
    # The lock prevents concurrent requests from exceeding the limit.
    User.objects.select_for_update().get(pk=user.pk)
    if user.api_tokens.count() >= MOST:
        raise TooMany
    secret = START + secrets.token_urlsafe(32)
    user.api_tokens.create(
        name=name,
        scopes=usual_scopes() if scopes is None else scopes,
        second_factor=user.passed_second_factor,
        expires_at=None if lifetime is None else timezone.now() + lifetime,
        prefix=secret[:SHOWN],
        hash=digest(secret.encode()),
    )
    return secret


@transaction.atomic
def revoke(tokens: Iterable[ApiToken], request: HttpRequest, actor: User) -> int:
    """Deletes tokens, and returns their number."""
    revoked = 0
    for token in tokens:
        detail = {"name": token.name, "begins with": token.prefix}
        audit.record(
            audit.Action.API_TOKEN_REVOKED, request, actor=actor, target=token.user, detail=detail
        )
        token.delete()
        revoked += 1
    return revoked


def find(secret: bytes) -> ApiToken | None:
    """The token with this secret and its user, in one query."""
    return ApiToken.objects.select_related("user").filter(hash=digest(secret)).first()


def note_use(token: ApiToken) -> None:
    """Records when a token was used; only once an hour, because a write costs more than the
    request.
    """
    now = timezone.now()
    if token.last_used_at is None or now - token.last_used_at >= LAST_USED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)


def digest(secret: bytes) -> str:
    return sha256(secret).hexdigest()
