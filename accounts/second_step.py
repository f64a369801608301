"""Between the right password and the second factor: a session that is not signed in yet."""

from time import time
from typing import Any

from django.contrib.auth import login
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from accounts import audit
from accounts.models import User
from accounts.second_factor import Kind

PENDING = "second_step"  # in the session
PASSED = "second_factor"  # in the session: of which kind it was
SECONDS = 300
BACKEND = "django.contrib.auth.backends.ModelBackend"


def begin(request: HttpRequest, user: User, goes_to: str) -> None:
    """goes_to: a URL of this site, already validated."""
    request.session[PENDING] = {
        "user": user.pk,
        "hash": user.get_session_auth_hash(),  # of the correct password
        "since": time(),
        "goes_to": goes_to,
    }


def pending(request: HttpRequest) -> dict[str, Any]:
    state: dict[str, Any] = request.session.get(PENDING, {})
    return state if time() - state.get("since", 0) < SECONDS else {}


def person(request: HttpRequest) -> User | None:
    """Who has given the correct password in this browser within the last few minutes."""
    state = pending(request)
    user = User.objects.filter(pk=state.get("user", 0), is_active=True).first()
    if user is None or not constant_time_compare(state["hash"], user.get_session_auth_hash()):
        return None
    return user


def finish(request: HttpRequest, user: User, kind: Kind) -> None:
    """Signs in, in a new session. A session that only lacked the second step is continued."""
    if request.user == user:
        request.session.pop(PENDING, None)
        mark(request, kind)
        detail = {"by": "page", "step": "second factor", "second_factor": kind}
        audit.record(audit.Action.SIGNED_IN, request, actor=user, target=user, detail=detail)
        return
    request.session.flush()
    request.session[PASSED] = kind
    login(request, user, backend=BACKEND)


def mark(request: HttpRequest, kind: Kind) -> None:
    """Records that this session has passed a second factor, under a new key: a stolen key does
    not gain it.
    """
    request.session[PASSED] = kind
    request.session.cycle_key()


def is_passed(request: HttpRequest) -> bool:
    """Whether this session has passed a second factor, at the sign-in or since."""
    return PASSED in request.session
