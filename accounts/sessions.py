"""Where a person is signed in: browsers and programs, which the person can list and sign out.

Browsers' sessions are Django's, in a table that says whose they are, as its documentation
extends them (topics/http/sessions, "Extending database-backed session engines"). Deleting a row
signs the browser out with its next request. A program's sign-in is a family of tokens.
"""

from datetime import timedelta
from typing import Any, cast

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends import db
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.dateparse import parse_datetime
from rest_framework.request import Request

from accounts import audit, devices, families, known_addresses
from accounts.models import ApiSignIn, Session, User
from foundation.web.addresses import address_of

SEEN_EVERY = timedelta(hours=1)
CONFIRMED = "confirmed_at"  # in the session
CONFIRMED_FOR = timedelta(minutes=10)
SIGNED_IN = "signed_in"  # in the session: when, from where and with what


class SessionStore(db.SessionStore):
    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def _get_session_from_db(self) -> Session | None:
        """Also records when it was last seen, once an hour, because a write costs more than a
        read.
        """
        row: Session | None = super()._get_session_from_db()  # type: ignore[misc]
        now = timezone.now()
        if row is not None and row.user_id is not None and now - row.seen_at >= SEEN_EVERY:
            Session.objects.filter(pk=row.pk).update(seen_at=now)
        return row

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row = cast(Session, super().create_model_instance(data))
        signed_in = data.get(SIGNED_IN, {})
        row.user_id = data.get(SESSION_KEY)
        row.address = signed_in.get("address", "")
        row.user_agent = signed_in.get("user_agent", "")
        row.signed_in_at = parse_datetime(signed_in.get("at", ""))
        row.seen_at = timezone.now()
        return row


def origin(request: HttpRequest | Request) -> dict[str, str]:
    user_agent = request.META.get("HTTP_USER_AGENT", "")
    return {
        "address": address_of(request)[:64],
        "user_agent": audit.printable(user_agent)[:300],
    }


@receiver(user_logged_in)
def remember_sign_in(request: HttpRequest, user: AbstractBaseUser, **kwargs: Any) -> None:
    """Stored in the session itself, so that it is kept when the session gets another key."""
    request.session[SIGNED_IN] = {"at": timezone.now().isoformat(), **origin(request)}
    confirm(request)


def confirm(request: HttpRequest) -> None:
    """Records that the password was just entered, or a passkey used."""
    request.session[CONFIRMED] = timezone.now().isoformat()


def is_confirmed(request: HttpRequest) -> bool:
    at = parse_datetime(request.session.get(CONFIRMED, ""))
    return at is not None and timezone.now() - at < CONFIRMED_FOR


def begin_api(request: Request, user: User) -> str:
    """Records a sign-in through the API; returns the id for the family of its tokens."""
    now = timezone.now()
    sign_in = ApiSignIn(family=families.new_id(), user=user, signed_in_at=now, seen_at=now)
    for name, value in origin(request).items():
        setattr(sign_in, name, value)
    sign_in.save(force_insert=True)
    known_addresses.remember(request, user.email)
    return sign_in.family


def of(user: User) -> list[Session | ApiSignIn]:
    """All sign-ins, the most recently seen first."""
    now = timezone.now()
    browsers = user.sessions.filter(expire_date__gt=now)
    programs = user.api_sign_ins.filter(seen_at__gt=now - families.RefreshToken.lifetime)
    return sorted([*browsers, *programs], key=lambda row: row.seen_at, reverse=True)


def listed(request: HttpRequest, user: User) -> list[dict[str, Any]]:
    """What the account page shows. Its `name` is not the key, which would be as good as a cookie
    that scripts cannot read."""
    return [
        {
            "name": name(row),
            "row": row,
            "device": devices.describe(row.user_agent),
            "over_api": isinstance(row, ApiSignIn),
            "here": row.pk == request.session.session_key,
        }
        for row in of(user)
    ]


def name(row: Session | ApiSignIn) -> str:
    return salted_hmac("accounts.sessions", row.pk, algorithm="sha256").hexdigest()


def end(user: User, named: str) -> int:
    """Signs out one device; returns how many were signed out."""
    return end_all(user, [row for row in of(user) if constant_time_compare(name(row), named)])


def end_others(request: HttpRequest, user: User) -> int:
    """Signs out all but the current browser; returns how many."""
    return end_all(user, [row for row in of(user) if row.pk != request.session.session_key])


@transaction.atomic
def end_all(user: User, rows: list[Session | ApiSignIn]) -> int:
    for row in rows:
        if isinstance(row, ApiSignIn):
            families.end_by_id(user, row.family)
        else:
            row.delete()
    return len(rows)
