"""Browsers that have signed in to an account before, so that wrong passwords sent by others do
not lock its owner out (OWASP's "device cookies").
"""

import secrets
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from accounts.models import User

COOKIE = f"{settings.COOKIE_PREFIX}device"
LIFETIME = timedelta(days=365)
SALT = "accounts.known_browsers"


def fingerprint(email: str) -> str:
    """A name for an account in cookies and in Redis that cannot be resolved without SECRET_KEY."""
    account = User.normalise_email(email).encode(errors="replace")
    return salted_hmac(SALT, account, algorithm="sha256").hexdigest()[:32]


def remember(response: HttpResponse, email: str, *, second_factor: bool = False) -> None:
    """Records that this browser has signed in to the account.

    second_factor: whether a second factor was used, so that codes are counted separately as well.
    """
    response.set_cookie(
        COOKIE,
        signing.dumps([fingerprint(email), secrets.token_urlsafe(12), second_factor], salt=SALT),
        max_age=LIFETIME,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


def name_of(request: HttpRequest, email: str, *, second_factor: bool = False) -> str | None:
    """The name of this browser, if it has signed in to the account before, with a second factor
    if asked.
    """
    cookie = request.COOKIES.get(COOKIE, "")
    try:
        account, name, passed = signing.loads(cookie, salt=SALT, max_age=LIFETIME)
    except (signing.BadSignature, ValueError):
        return None
    return name if account == fingerprint(email) and passed >= second_factor else None
