"""Settings that are read without complaint, and weak or wrong all the same.

What must not be so is refused by settings.py already, in one sentence.
"""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.http.request import validate_host

from accounts.models import User
from accounts.services import FIRST_ADMIN_EMAIL, FIRST_ADMIN_PASSWORD
from classifier_site.operations.doctor.findings import Check, Finding, problem, warning

LOCAL = {"localhost", "127.0.0.1", "[::1]"}
# Django's own rule (security.W009): of fewer, the key was typed and not drawn.
DIFFERENT_CHARACTERS = 5
TYPED = ("django-insecure-", "changeme", "change-me", "secret")


def is_public() -> bool:
    """Whether others than this machine are to reach it."""
    return bool(set(settings.ALLOWED_HOSTS) - LOCAL) or settings.NUM_PROXIES > 0


def debugging() -> Iterator[Finding]:
    if settings.DEBUG:
        yield problem(
            "DEBUG is on: an error shows code and values of variables to whoever caused it.",
            "Remove DEBUG from the environment, and start the service again.",
        )


def secret_key() -> Iterator[Finding]:
    key = settings.SECRET_KEY
    if len(set(key)) < DIFFERENT_CHARACTERS or key.lower().startswith(TYPED):
        yield problem(
            "SECRET_KEY can be guessed, and whoever knows it can sign in as anybody.",
            "Set it to the output of `openssl rand -hex 32`. Everybody signs in again then, and "
            "authenticator apps and webhooks have to be set up anew.",
        )


def secret_key_is_private() -> Iterator[Finding]:
    file = settings.DATA_DIR / "secret_key"
    if file.is_file() and file.stat().st_mode & 0o077:
        yield problem(
            f"Others on this machine can read {file}.", f"chmod 600 {file}", lambda: lock_up(file)
        )


def lock_up(file: Path) -> str:
    file.chmod(0o600)
    return f"Only its owner can read {file} now."


def encryption() -> Iterator[Finding]:
    if is_public() and not settings.HTTPS:
        yield problem(
            "HTTPS is off, and passwords and pictures pass the network readable for anybody on it.",
            "Put a proxy with HTTPS in front, set NUM_PROXIES=1, and remove HTTPS=0.",
        )


def hosts() -> Iterator[Finding]:
    host = urlsplit(settings.SITE_URL).hostname
    if host and not validate_host(host, settings.ALLOWED_HOSTS):
        yield problem(
            f"SITE_URL leads to {host}, which ALLOWED_HOSTS does not name: links in mails end in "
            "an error.",
            f"Add {host} to ALLOWED_HOSTS.",
        )
    elif settings.HTTPS and not is_public():
        yield warning(
            "ALLOWED_HOSTS names this machine only: requests for any other host are refused.",
            "Set ALLOWED_HOSTS to the name under which people reach the site.",
        )


def guessing() -> Iterator[Finding]:
    if not settings.THROTTLE_ACCOUNT:
        yield problem(
            "THROTTLE_ACCOUNT is empty: passwords can be tried without end.",
            "Remove it from the environment; its default admits 5 a minute.",
        )


def first_password() -> Iterator[Finding]:
    """That of `make run`, which only this machine may reach."""
    first = User.objects.filter(email=FIRST_ADMIN_EMAIL, is_active=True).first()
    if is_public() and first is not None and first.check_password(FIRST_ADMIN_PASSWORD):
        yield problem(
            f"{FIRST_ADMIN_EMAIL} still has the password of the first start, which everybody "
            "knows.",
            "Change it on the account page, or with `manage.py changepassword`.",
        )


CHECKS = [
    *map(Check, (debugging, secret_key, secret_key_is_private, encryption, hosts, guessing)),
    Check(first_password, needs=("database",)),
]
