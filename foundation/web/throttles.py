"""Rate limits for API and pages, counted in Redis."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv6Network, ip_address
from time import monotonic, time
from typing import Any

from django.conf import settings
from limits import RateLimitItemPerSecond
from limits.storage import RedisStorage
from limits.strategies import MovingWindowRateLimiter
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import (
    AnonRateThrottle,
    BaseThrottle,
    SimpleRateThrottle,
    UserRateThrottle,
)

from foundation.observability.outcomes import throttled_total
from foundation.redis_server import connect

logger = logging.getLogger(__name__)


PERIODS = {"sec": 1, "min": 60, "hour": 3600, "day": 86400}  # seconds


AWAY_SECONDS = 5


class Limiter(MovingWindowRateLimiter):
    """Checks and counts with one script in Redis, so that concurrent requests never see the same
    count.

    Nearly every request of the API is counted. While Redis hangs, one request waits for it now
    and then, and the others are not counted.
    """

    away_until = 0.0

    def hit(self, *args: Any, **kwargs: Any) -> bool:
        """Raises RedisError: Redis does not answer, or did not a moment ago."""
        with self.waiting_once():
            return super().hit(*args, **kwargs)

    @contextmanager
    def waiting_once(self) -> Iterator[Any]:
        """This Redis, for other uses. Raises RedisError as `hit` does."""
        if monotonic() < self.away_until:
            raise RedisConnectionError("Redis did not answer a moment ago.")
        try:
            yield self.storage.storage  # type: ignore[attr-defined]
        except RedisError:
            self.away_until = monotonic() + AWAY_SECONDS
            raise


def limiter_at(redis_url: str) -> Limiter:
    redis = connect(redis_url, socket_timeout=2, socket_connect_timeout=2)
    return Limiter(
        RedisStorage("redis://", connection_pool=redis.connection_pool, key_prefix="throttle")
    )


limiter = limiter_at(settings.REDIS_URL)


def item(rate: str) -> RateLimitItemPerSecond:
    """A rate such as `10/min`, as the limiter takes it."""
    requests, _, period = rate.partition("/")
    return RateLimitItemPerSecond(int(requests), PERIODS[period])


class CountInRedis(SimpleRateThrottle):
    """Counting needs Redis; without it requests that need only PostgreSQL are still served."""

    def allow_request(self, request: Request, view: Any) -> bool:
        key = self.get_cache_key(request, view)
        if key is None or not self.rate:
            return True
        self.counted = item(self.rate), key
        try:
            allowed = limiter.hit(*self.counted)
        except RedisError as error:
            logger.warning("Limits are off while Redis cannot be reached: %s", error)
            return True
        if not allowed:
            throttled_total.labels(self.scope).inc()
        return allowed

    def get_ident(self, request: Request) -> str:
        """The address; for IPv6 the /64 network, because a household or server has 2^64
        addresses.
        """
        ident = super().get_ident(request) or ""
        try:
            address = ip_address(ident)
        except ValueError:  # whatever a proxy writes
            return ident
        if isinstance(address, IPv4Address):
            return ident
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(IPv6Network((int(address), 64), strict=False))

    def wait(self) -> float:
        """Seconds until the next request is allowed, after a refusal."""
        try:
            return max(1.0, limiter.get_window_stats(*self.counted).reset_time - time())
        except RedisError:  # lost just now
            return float(self.counted[0].get_expiry())


class ByAddress(CountInRedis, AnonRateThrottle):
    def get_cache_key(self, request: Request, view: Any) -> str | None:
        return self.cache_format % {"scope": self.scope, "ident": self.get_ident(request)}


class ReadThrottle(CountInRedis, UserRateThrottle):
    """The default of the API, for requests that no other limit counts; most of them read."""

    scope = "read"


def wait_seconds(throttle: BaseThrottle, request: Any) -> float | None:
    """For pages: None if the request is allowed, otherwise the seconds to wait."""
    if throttle.allow_request(request, None):  # type: ignore[arg-type]
        return None
    return throttle.wait()
