"""Who reads from the replica: those who have written nothing in the last seconds."""

from collections.abc import Callable

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS
from django.http import HttpRequest, HttpResponse
from prometheus_client import Counter
from redis.exceptions import RedisError

from foundation.observability.outcomes import beginning_at_zero
from foundation.postgresql.replica import REPLICA
from foundation.postgresql.replica.freshness import BEHIND, freshness
from foundation.web.middleware import GetResponse
from foundation.web.throttles import limiter

SAFE = ("GET", "HEAD")
# Seconds. More than the replica can be behind: people find what they have just written.
OWN_WRITES = 4 * BEHIND

reads_total = beginning_at_zero(
    Counter(
        "database_replica_reads",
        "Reads for which the replica is good enough, by who answered them and why.",
        ["by"],
    ),
    ("replica", "primary_just_written", "primary_not_known", "primary_replica_away"),
)


def alias_for_all() -> str:
    """Where to read what may be a moment old for everybody."""
    return chosen(just_written=lambda: False)


def alias_for(request: HttpRequest) -> str:
    """Where a signed-in person's request reads what others may see a moment late."""
    if request.method not in SAFE:
        return DEFAULT_DB_ALIAS
    return chosen(just_written=lambda: has_just_written(request.user.pk))


def chosen(just_written: Callable[[], bool]) -> str:
    if REPLICA not in settings.DATABASES:
        return DEFAULT_DB_ALIAS
    if not freshness.is_fresh():
        why = "primary_replica_away" if freshness.is_away else "primary_not_known"
        reads_total.labels(why).inc()
    elif just_written():
        reads_total.labels("primary_just_written").inc()
    else:
        reads_total.labels("replica").inc()
        return REPLICA
    return DEFAULT_DB_ALIAS


def has_just_written(user_id: int | None) -> bool:
    """Also while Redis cannot say."""
    try:
        with limiter.waiting_once() as redis:
            return bool(redis.exists(mark_of(user_id)))
    except RedisError:
        return True


def mark_of(user_id: int | None) -> str:
    return f"just-wrote:{user_id}"


class OwnWritesMiddleware:
    """Remembers who has just changed something, before they are told that it is done."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        # REST framework puts whom a token stands for there as well.
        if request.method not in SAFE and request.user.is_authenticated:
            try:
                with limiter.waiting_once() as redis:
                    redis.set(mark_of(request.user.pk), "", ex=OWN_WRITES)
            except RedisError:  # this process reads from the primary now
                pass
        return response
