"""API tokens: personal, named, and good until they expire or are revoked.

The database keeps their hash only. SHA-256 is enough for it: a secret of 256 random bits cannot be
guessed, so there is nothing that a slow hash would protect.
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
from accounts.scopes import every_scope

START = "ic_"  # tells an API token from a JWT, which starts with "ey"
SHOWN = len(START) + 6  # characters by which people tell their tokens apart
MOST = 20  # a person
LAST_USED_EVERY = timedelta(hours=1)


class TooMany(Exception):
    """The person has as many tokens as a person may have."""


@transaction.atomic
def issue(
    user: User, name: str, scopes: list[str] | None = None, lifetime: timedelta | None = None
) -> str:
    """Makes a token and returns its secret, which nobody can find out afterwards.

    scopes: every one, unless told.
    lifetime: until it is revoked, unless told.

    Raises:
        TooMany
    """
    # The lock keeps two requests at the same time from passing the limit together.
    User.objects.select_for_update().get(pk=user.pk)
    if user.api_tokens.count() >= MOST:
        raise TooMany
    secret = START + secrets.token_urlsafe(32)
    user.api_tokens.create(
        name=name,
        scopes=every_scope() if scopes is None else scopes,
        second_factor=user.passed_second_factor,
        expires_at=None if lifetime is None else timezone.now() + lifetime,
        prefix=secret[:SHOWN],
        hash=digest(secret.encode()),
    )
    return secret


@transaction.atomic
def revoke(tokens: Iterable[ApiToken], request: HttpRequest, actor: User) -> int:
    """Deletes tokens, and returns how many these were."""
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
    """Remembers when a token was used; only once an hour, because a write costs more than a use."""
    now = timezone.now()
    if token.last_used_at is None or now - token.last_used_at >= LAST_USED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)


def digest(secret: bytes) -> str:
    return sha256(secret).hexdigest()
