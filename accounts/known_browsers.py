"""Browsers that have signed in to an account before, so that wrong passwords sent by others do not
keep its owner out (OWASP's "device cookies").
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
    """Names an account in cookies and in Redis to nobody who does not know SECRET_KEY."""
    account = User.normalise_email(email).encode(errors="replace")
    return salted_hmac(SALT, account, algorithm="sha256").hexdigest()[:32]


def remember(response: HttpResponse, email: str, *, second_factor: bool = False) -> None:
    """Marks this browser as one whose user has shown that the account is theirs.

    second_factor: not with the password alone, so that their codes are counted apart as well.
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
    """A name of this browser, if it has signed in to the account before, and with what is asked."""
    cookie = request.COOKIES.get(COOKIE, "")
    try:
        account, name, passed = signing.loads(cookie, salt=SALT, max_age=LIFETIME)
    except (signing.BadSignature, ValueError):
        return None
    return name if account == fingerprint(email) and passed >= second_factor else None
