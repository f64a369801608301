"""How many pictures and how many pixels one person may send in a time.

accounts/throttles.py counts requests; one request can bring a thousand pictures, and one picture
as many pixels as two hundred others.
"""

from math import ceil
from time import time
from typing import cast

from django.conf import settings
from redis.exceptions import RedisError
from rest_framework.throttling import UserRateThrottle

from accounts.models import User
from foundation.observability.outcomes import throttled_total
from foundation.web.throttles import CountInRedis, item, limiter, logger


class PredictThrottle(CountInRedis, UserRateThrottle):
    scope = "predict"


class ExportThrottle(CountInRedis, UserRateThrottle):
    scope = "export"


def pictures_wait(user: User, number: int) -> int | None:
    """Counts the pictures of a bulk request; otherwise the seconds until it may be sent."""
    return seconds_to_wait("pictures", user, number)


def pixels_wait(user: User, pixels: int) -> int | None:
    """Counts a new picture, as one megapixel at least; otherwise the seconds to wait."""
    return seconds_to_wait("megapixels", user, ceil(pixels / 1_000_000))


def seconds_to_wait(scope: str, user: User, cost: int) -> int | None:
    rates = cast(dict[str, str | None], settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"])
    rate = rates[scope]
    if not rate:
        return None
    most, key = item(rate), f"throttle_{scope}_{user.pk}"
    try:
        if limiter.hit(most, key, cost=min(cost, most.amount)):
            return None
        throttled_total.labels(scope).inc()
        return max(1, ceil(limiter.get_window_stats(most, key).reset_time - time()))
    except RedisError as error:  # requests that do without Redis are still served
        logger.warning("Limits are off while Redis cannot be reached: %s", error)
        return None
