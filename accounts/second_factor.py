"""The second factor of a sign-in: codes of an authenticator app, and recovery codes.

Passkeys have their own file. pyotp computes the codes. The database
holds the app's secret encrypted and recovery codes hashed: a copy of it is not enough to sign in.
"""

import secrets
from base64 import b32encode
from enum import StrEnum
from typing import Any

import pyotp
import segno
from cryptography.fernet import InvalidToken
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.utils import timezone
from pyotp.exceptions import OTPVerificationError

from accounts import audit, guesses, known_browsers
from accounts.encryption import cipher
from accounts.models import Authenticator, Passkey, RecoveryCode, User
from accounts.tokens import digest

ISSUER = "Image classification"
RECOVERY_CODES = 10
# Three of a million codes are valid at a time: with 50 guesses a day, one is right every 18 years.
TRIES = ("5/min", "20/hour", "50/day")
WINDOW = 1  # steps of 30 seconds that a clock may be off (RFC 6238, section 5.2)


class Kind(StrEnum):
    """The kind of factor that was used, as in the audit log."""

    APP = "app"
    PASSKEY = "passkey"
    RECOVERY_CODE = "recovery code"


class WrongCode(Exception):
    """The code is wrong, expired or already used."""


def is_set_up(user: User) -> bool:
    """Whether this person has a second factor."""
    app = Authenticator.objects.filter(user=OuterRef("pk"))
    passkey = Passkey.objects.filter(user=OuterRef("pk"))
    return User.objects.filter(Exists(app) | Exists(passkey), pk=user.pk).exists()


def has_app(user: User) -> bool:
    return Authenticator.objects.filter(user=user).exists()


def has_codes(user: User) -> bool:
    """Whether the person can enter a code: with passkeys only, all recovery codes may be used
    up.
    """
    return has_app(user) or user.recovery_codes.exists()


def state(user: User) -> dict[str, Any]:
    """What the account page shows about it."""
    app = Authenticator.objects.filter(user=user).first()
    keys = list(user.passkeys.all())
    left = user.recovery_codes.count()
    return {"on": bool(app or keys), "app": app, "passkeys": keys, "recovery_codes": left}


# --- Setting up and removing -------------------------------------------------------------------


def new_secret() -> str:
    """160 random bits in base32, as apps read them (RFC 4226, section 4)."""
    return pyotp.random_base32()


def qr_code(user: User, secret: str) -> str:
    """A QR code of the secret, as a `data:` URI."""
    uri = pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name=ISSUER)
    return segno.make(uri, error="m").svg_data_uri(scale=4, border=4, light="#fff")


def set_up_app(user: User, secret: str, code: str) -> None:
    """Stores an app that has proved to have the secret, in place of an existing one.

    Raises:
        WrongCode
    """
    step = step_of(secret, code)
    kept = {"secret": encrypt(secret), "last_step": step, "created_at": timezone.now()}
    Authenticator.objects.update_or_create(user=user, defaults={**kept, "last_used_at": None})


@transaction.atomic
def new_recovery_codes(user: User) -> list[str]:
    """New codes in place of the previous ones; only their hashes are stored."""
    codes = [new_recovery_code() for _ in range(RECOVERY_CODES)]
    user.recovery_codes.all().delete()
    hashes = [digest(normalise(code).encode()) for code in codes]
    RecoveryCode.objects.bulk_create(RecoveryCode(user=user, hash=hash) for hash in hashes)
    return codes


def new_recovery_code() -> str:
    """80 random bits, in groups of four, because people type them."""
    code = b32encode(secrets.token_bytes(10)).decode().lower()
    return "-".join(code[at : at + 4] for at in range(0, 16, 4))


@transaction.atomic
def remove(
    user: User, request: HttpRequest | None = None, *, actor: User | None = None, by: str
) -> bool:
    """Removes all second factors; False if there were none. `by`: for the audit log."""
    deleted = [
        found.delete()[0]
        for found in (
            Authenticator.objects.filter(user=user),
            user.passkeys.all(),
            user.recovery_codes.all(),
        )
    ]
    if any(deleted):
        action, detail = audit.Action.SECOND_FACTOR_REMOVED, {"kind": "all", "by": by}
        audit.record(action, request, actor=actor, target=user, detail=detail)
    return any(deleted)


# --- Checking ----------------------------------------------------------------------------------


def check(request: HttpRequest, user: User, code: str) -> Kind:
    """Accepts a code once, and returns its kind.

    Raises:
        WrongCode
        TooManyTries
    """
    # Somebody who knows the password must not be able to lock the owner out with wrong codes:
    # browsers that have passed the second step before are counted separately.
    source = known_browsers.name_of(request, user.email, second_factor=True) or "anywhere"
    key = f"code:{source}:{known_browsers.fingerprint(user.email)}"
    try:
        kind = guesses.counted(key, lambda: use(user, normalise(code)), TRIES)
        if kind is None:
            raise WrongCode
    except (WrongCode, guesses.TooManyTries):
        guesses.tell_owner(user.email, request)
        raise
    return kind


def use(user: User, code: str) -> Kind | None:
    if user.recovery_codes.filter(hash=digest(code.encode())).delete()[0]:
        return Kind.RECOVERY_CODE
    app = Authenticator.objects.filter(user=user).first()
    if app is None:
        return None
    try:
        step = step_of(decrypt(app.secret), code)
    except WrongCode:
        return None
    # One statement, so that of two requests with the same code one is refused
    # (RFC 6238, section 5.2).
    fresh = Authenticator.objects.filter(pk=app.pk, secret=app.secret, last_step__lt=step)
    return Kind.APP if fresh.update(last_step=step, last_used_at=timezone.now()) else None


def step_of(secret: str, code: str) -> int:
    """The time step of 30 seconds in which the app shows this code. Raises WrongCode."""
    try:
        return pyotp.TOTP(secret).verify_and_get_timecode(normalise(code), valid_window=WINDOW)
    except OTPVerificationError as error:
        raise WrongCode from error


def normalise(code: str) -> str:
    """People type codes with spaces, dashes and capitals."""
    return "".join(code.split()).replace("-", "").lower()


# --- Secrets at rest ---------------------------------------------------------------------------


CIPHER = ("accounts.second_factor", "secrets of apps")


def encrypt(secret: str) -> str:
    return cipher(*CIPHER).encrypt(secret.encode()).decode()


def decrypt(encrypted: str) -> str:
    """Raises WrongCode: after a change of SECRET_KEY only recovery codes still work."""
    try:
        return cipher(*CIPHER).decrypt(encrypted.encode()).decode()
    except InvalidToken as error:
        raise WrongCode from error
