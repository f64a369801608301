"""Limits on how often something may be asked, for API and pages alike."""

import logging
from typing import Any

from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import AnonRateThrottle, BaseThrottle, UserRateThrottle
from rest_framework.views import APIView

logger = logging.getLogger(__name__)


class CountInRedis(BaseThrottle):
    """Counting needs Redis; without it nobody is locked out of what Postgres alone can answer."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        try:
            return super().allow_request(request, view)
        except RedisError as error:
            logger.warning("Limits are off while Redis cannot be reached: %s", error)
            return True


class ByAddress(CountInRedis, AnonRateThrottle):
    def get_cache_key(self, request: Request, view: APIView) -> str | None:
        return self.cache_format % {"scope": self.scope, "ident": self.get_ident(request)}


class LoginThrottle(ByAddress):
    scope = "login"


class SignupThrottle(ByAddress):
    scope = "signup"


class HintsThrottle(ByAddress):
    """Hints come while somebody types; no operator has a reason to set this one."""

    scope = "signup-hints"
    rate = "120/min"


class PredictThrottle(CountInRedis, UserRateThrottle):
    scope = "predict"


def wait_seconds(throttle: BaseThrottle, request: Any) -> float | None:
    """For pages: None when the request may go on, otherwise the seconds to wait."""
    if throttle.allow_request(request, None):  # type: ignore[arg-type]
        return None
    return throttle.wait() or 1.0
