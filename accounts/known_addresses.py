"""Addresses from which programs have signed in to an account, so that wrong passwords of others do
not keep them out: they send no device cookie, by which known_browsers.py tells browsers.

Only a few are known of each account: somebody who knew the password once, and signed in from a
thousand addresses, must not have a thousand counts of guesses when it is changed.
"""

from contextlib import suppress
from datetime import timedelta
from time import time

from django.http import HttpRequest
from redis.exceptions import RedisError
from rest_framework.request import Request

from accounts import known_browsers
from accounts.throttles import network_of
from foundation.web import throttles

MOST = 10  # an account
LIFETIME = timedelta(days=30)  # since the last sign-in


def remember(request: HttpRequest | Request, email: str) -> None:
    """Marks the address as one from where somebody has just signed in to the account."""
    key = key_of(email)
    with (
        suppress(RedisError),
        throttles.limiter.waiting_once() as redis,
        redis.pipeline() as pipeline,
    ):
        pipeline.zadd(key, {network_of(request): time()})
        pipeline.zremrangebyrank(key, 0, -MOST - 1)
        pipeline.expire(key, LIFETIME)
        pipeline.execute()


def name_of(request: HttpRequest, email: str) -> str | None:
    """A name of this address, if somebody has signed in to the account from there lately.

    Without Redis none is known; but neither is anything counted.
    """
    address = network_of(request)
    with suppress(RedisError), throttles.limiter.waiting_once() as redis:
        signed_in_at = redis.zscore(key_of(email), address)
        if signed_in_at is not None and time() - signed_in_at < LIFETIME.total_seconds():
            return f"at {address}"
    return None


def key_of(email: str) -> str:
    return f"throttle:known-addresses:{known_browsers.fingerprint(email)}"
