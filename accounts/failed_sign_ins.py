"""Sign-ins that fail, in the audit log: repeats are folded, so that guessing does not fill it.
The log of the process has a line for each, which programs that lock out addresses can read.

Of those against one account from one address within an hour the first, the tenth, the hundredth and
so on are recorded, with their number. The log is append-only, so a row cannot be updated to count.
All unknown emails count as one account, because their number is unlimited.
"""

from typing import Any

from django.http import HttpRequest
from redis.exceptions import RedisError
from rest_framework.request import Request

from accounts import audit
from accounts.models import User
from accounts.throttles import network_of
from foundation.web import throttles

WITHIN = 3600  # seconds, from the first on
NUMBER = "failures within an hour"  # in the event's detail


def record(
    request: HttpRequest | Request | None, user: User | None, detail: dict[str, str] | None = None
) -> None:
    """`user`: the account that was tried, saved or not; None if the input was not an email."""
    said: dict[str, Any] = dict(detail or {})
    if request is not None:
        step = said.get("step", "password")
        number = count(f"{network_of(request)}:{step}:{user.pk if user else None}")
        if not is_power_of_ten(number):
            failed = audit.Action.SIGN_IN_FAILED
            audit.log(failed, audit.fields_of(failed, request, None, user, said))
            return
        if number > 1:
            said[NUMBER] = number
    audit.record(audit.Action.SIGN_IN_FAILED, request, target=user, detail=said)


def count(key: str) -> int:
    """The number including this one; 1 without Redis, so that each is recorded."""
    try:
        with throttles.limiter.waiting_once():
            return throttles.limiter.storage.incr(f"failed-sign-ins:{key}", WITHIN)
    except RedisError:
        return 1


def is_power_of_ten(number: int) -> bool:
    return str(number).rstrip("0") == "1"
