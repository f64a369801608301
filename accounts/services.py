"""Accounts and tokens: what pages and API have in common."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_noop
from rest_framework.request import Request
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken
from rest_framework_simplejwt.tokens import AccessToken
from rest_framework_simplejwt.utils import get_md5_hash_password

from accounts import audit, failed_sign_ins, families, guesses, second_factor
from accounts.audit import Action
from accounts.families import RefreshToken
from accounts.models import ApiSignIn, Session, User

FIRST_ADMIN_EMAIL = "admin@example.com"
FIRST_ADMIN_PASSWORD = "admin"  # noqa: S105 - for an embedded database only, see create_first_admin


LAST_SUPERUSER = gettext_noop(
    "You are the last active superuser. Make somebody else a superuser in the admin first."
)


class SignInFailed(Exception):
    """Unknown email, wrong password or locked account, without saying which."""


class CodeMissing(Exception):
    """The password is correct, but this account needs a second factor."""

    def __init__(self, *, has_app: bool) -> None:
        super().__init__()
        self.has_app = has_app


class TokenRefused(Exception):
    """The refresh token is malformed, expired, used before or revoked."""


class LastSuperuser(Exception):
    """The last active superuser would be lost."""


@dataclass(frozen=True)
class TokenPair:
    access: str
    refresh: str


def sign_in(request: HttpRequest, email: str, password: str, otp: str) -> User:
    """The user with these credentials, through the API.

    `otp`: a code of the second factor, if there is one.

    Django hashes the password for an unknown email too, so that both failures take as long.

    Raises:
        SignInFailed
        TooManyTries: for this account, see accounts/guesses.py.
        CodeMissing: the account has a second factor, and `otp` is empty.
        WrongCode
    """
    user = guesses.authenticate(request, email, password)
    if user is None:
        raise SignInFailed
    detail = {"by": "api"}
    if second_factor.is_set_up(user):
        try:
            if not otp:
                raise CodeMissing(has_app=second_factor.has_app(user))
            detail["second_factor"] = second_factor.check(request, user, otp)
            user.passed_second_factor = True
        except (CodeMissing, second_factor.WrongCode, guesses.TooManyTries):
            detail["step"] = "second factor"
            failed_sign_ins.record(request, user, detail)
            raise
    audit.record(Action.SIGNED_IN, request, actor=user, target=user, detail=detail)
    return user


def issue_tokens(user: User, family: str | None = None) -> TokenPair:
    """A new pair, of a new family or of the refresh token's."""
    refresh, access = RefreshToken.for_user(user), AccessToken.for_user(user)
    refresh[families.CLAIM] = access[families.CLAIM] = family or families.new_id()
    refresh[families.SECOND_FACTOR] = access[families.SECOND_FACTOR] = user.passed_second_factor
    return TokenPair(str(access), str(refresh))


def rotate_tokens(request: HttpRequest | Request, refresh_token: str) -> TokenPair:
    """A new pair for a refresh token, which is then used up, also for concurrent requests.

    Later reuse shows that two people have the token, so the whole family is revoked.

    Raises:
        TokenRefused
    """
    try:
        old = RefreshToken(refresh_token)  # type: ignore[arg-type]
    except TokenError as error:
        raise TokenRefused from error
    user = User.objects.filter(email=old.get("sub", ""), is_active=True).first()
    if user is None or old.get("hash_password") != get_md5_hash_password(user.password):
        raise TokenRefused
    if families.has_ended(old):
        raise TokenRefused
    if not families.revoke(user, old["jti"], datetime.fromtimestamp(old["exp"], UTC)):
        families.end_if_reused(user, old, request)
        raise TokenRefused
    family = families.id_of(old)
    user.api_sign_ins.filter(family=family).update(seen_at=datetime.now(UTC))
    user.passed_second_factor = bool(old.get(families.SECOND_FACTOR))
    return issue_tokens(user, family)


def forget_expired() -> None:
    """Deletes expired tokens from the blacklist, and expired sessions."""
    OutstandingToken.objects.filter(expires_at__lt=datetime.now(UTC)).delete()
    Session.objects.filter(expire_date__lt=datetime.now(UTC)).delete()
    ApiSignIn.objects.filter(seen_at__lt=datetime.now(UTC) - RefreshToken.lifetime).delete()


def leave_a_superuser(people: Iterable[User]) -> bool:
    """Whether an active superuser is left without these people."""
    if not any(person.is_superuser and person.is_active for person in people):
        return True
    superusers = User.objects.filter(is_superuser=True, is_active=True)
    return superusers.exclude(pk__in=[person.pk for person in people]).exists()


@contextmanager
def changes_recorded(request: HttpRequest | Request, person: User) -> Iterator[None]:
    """Records changes of this person in the audit log, in the same transaction."""
    email, password, username = person.email, person.password, person.username
    with transaction.atomic():
        yield
        actor = user_of(request)
        if person.email != email:
            was = {"before": email}
            audit.record(Action.EMAIL_CHANGED, request, actor=actor, target=person, detail=was)
        if person.password != password:
            audit.record(Action.PASSWORD_CHANGED, request, actor=actor, target=person)
        if person.username != username and actor.pk != person.pk:
            changed = {"changed": ["username"]}
            audit.record(
                Action.ACCOUNT_CHANGED, request, actor=actor, target=person, detail=changed
            )


@transaction.atomic
def delete_account(user: User, request: HttpRequest | Request) -> None:
    """Deletes a person with all their data; pictures are deleted after the commit.

    Raises:
        LastSuperuser
    """
    # Locked in one order, so that the last two cannot be deleted at the same time.
    superusers = User.objects.filter(is_superuser=True, is_active=True).order_by("pk")
    if list(superusers.select_for_update()) == [user]:
        raise LastSuperuser
    audit.record(Action.ACCOUNT_DELETED, request, actor=user_of(request), target=user)
    user.delete()


def user_of(request: HttpRequest | Request) -> User:
    """The user of a request that requires a sign-in."""
    return cast(User, request.user)


def create_first_admin() -> bool:
    """Makes `admin@example.com` / `admin` in an empty embedded database; True if it did.

    Never for a database given by DATABASE_URL: a known password belongs on one laptop only.
    """
    if not settings.EMBEDDED_DATABASE or User.objects.exists():
        return False
    User.objects.create_superuser(FIRST_ADMIN_EMAIL, FIRST_ADMIN_PASSWORD, username="admin")
    return True
