"""Addresses from which programs have signed in to an account, so that wrong passwords of others do
not lock them out: they send no device cookie, by which known_browsers.py recognises browsers.

Only a few are stored for each account: otherwise somebody who once knew the password and signed
in from a thousand addresses would have a thousand separate counts of guesses after it was
changed.
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
    """Records that somebody has just signed in to the account from this address."""
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
    """The name of this address, if somebody has recently signed in to the account from it.

    Without Redis, addresses are unknown and attempts are not counted.
    """
    address = network_of(request)
    with suppress(RedisError), throttles.limiter.waiting_once() as redis:
        signed_in_at = redis.zscore(key_of(email), address)
        if signed_in_at is not None and time() - signed_in_at < LIFETIME.total_seconds():
            return f"at {address}"
    return None


def key_of(email: str) -> str:
    return f"throttle:known-addresses:{known_browsers.fingerprint(email)}"
