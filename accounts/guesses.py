"""Counts wrong passwords by account, wherever they come from.

After too many attempts one has to wait, a minute at first, then up to an hour, then up to a day:
see THROTTLE_ACCOUNT. This cannot lock the owner out: a browser that has signed in to the account
before is counted separately, and so are addresses from which programs have signed in, and people
who are signed in. A success there does not reset the count of others.
"""

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from time import time
from typing import Any, TypeVar

from django.conf import settings
from django.contrib import auth
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from limits import RateLimitItemPerHour
from redis.exceptions import RedisError
from rest_framework.exceptions import Throttled

from accounts import known_addresses, known_browsers, outbox
from accounts.models import OutgoingMail, User
from foundation.observability.outcomes import throttled_total
from foundation.web import throttles

logger = logging.getLogger(__name__)

T = TypeVar("T")
# With more failures than this the owner is notified, at most once in this time.
FAILURES_UNTOLD = RateLimitItemPerHour(10)
MAILS = RateLimitItemPerHour(1, 6)


class TooManyTries(Throttled):
    """The attempt was refused before the password was checked."""

    default_detail = "Too many attempts."
    wait: int  # seconds


def authenticate(request: HttpRequest, email: str, password: str) -> User | None:
    """Django's, with attempts counted.

    Raises:
        TooManyTries
    """
    browser = known_browsers.name_of(request, email)
    source = browser or known_addresses.name_of(request, email) or "anywhere"

    def check() -> Any:
        return auth.authenticate(request, username=email, password=password)

    try:
        user = counted(f"{source}:{known_browsers.fingerprint(email)}", check)
    except TooManyTries:
        tell_owner(email, request)
        raise
    if user is None:
        tell_owner(email, request)
    return user


def check_password(user: User, password: str) -> bool:
    """Whether a signed-in person knows the password.

    Raises:
        TooManyTries
    """
    account = known_browsers.fingerprint(user.email)
    return counted(f"signed-in:{account}", lambda: user.check_password(password))


def counted(key: str, check: Callable[[], T], at_most: Sequence[str] | None = None) -> T:
    """An attempt counts until it succeeds, so that parallel attempts cannot exceed the limit.

    Args:
        at_most: rates in place of THROTTLE_ACCOUNT.

    Raises:
        TooManyTries
    """
    rates = [throttles.item(rate) for rate in at_most or settings.THROTTLE_ACCOUNT]
    try:
        for rate in rates:
            if not throttles.limiter.hit(rate, "account", key):
                throttled_total.labels("account").inc()
                reset = throttles.limiter.get_window_stats(rate, "account", key).reset_time
                raise TooManyTries(max(1.0, reset - time()))
    except RedisError as error:
        logger.warning("Limits are off while Redis cannot be reached: %s", error)
    result = check()
    if result:
        with suppress(RedisError):
            for rate in rates:
                throttles.limiter.clear(rate, "account", key)
    return result


def tell_owner(email: str, request: HttpRequest) -> None:
    try:
        User._meta.get_field("email").run_validators(email)
    except ValidationError:  # no such account; it may be a password, typed into the wrong field
        return
    account = known_browsers.fingerprint(email)
    try:
        if throttles.limiter.hit(FAILURES_UNTOLD, "failures", account):
            return
        if throttles.limiter.hit(MAILS, "told", account):
            outbox.put(OutgoingMail.Kind.SIGN_IN_FAILURES, email, request)
    except RedisError as error:
        logger.warning("Failed sign-ins are not counted while Redis cannot be reached: %s", error)
