"""`doctor` finds faults of Redis."""

import pytest
from redis import Redis

from classifier_site.operations.doctor import (
    redis,
    servers,
)
from classifier_site.operations.doctor.findings import Severity
from tests.operations.doctor.finding import one
from tests.serving import DEAD_REDIS

pytestmark = pytest.mark.django_db


@pytest.fixture
def config(settings):
    """Changes Redis's configuration for one test."""
    with Redis.from_url(settings.REDIS_URL) as asked:
        before = asked.config_get("maxmemory*")
        yield asked.config_set
        for name in ("maxmemory-policy", "maxmemory"):
            asked.config_set(name, before[name])


def test_an_eviction_policy_of_redis_that_drops_jobs(config):
    assert list(redis.eviction()) == []
    config("maxmemory-policy", "allkeys-lru")
    found = one(redis.eviction, "allkeys-lru")
    assert "noeviction" in found.do


def test_a_redis_that_is_nearly_full(config):
    config("maxmemory", redis.info()["used_memory"] + 100_000)
    one(redis.memory, "of its maxmemory", severity=Severity.WARNING)


def test_a_wrong_password_of_redis(settings):
    with Redis.from_url(settings.REDIS_URL) as asked:
        asked.acl_setuser("doctor", enabled=True, passwords=["+right"], commands=["+@all"])
        try:
            settings.REDIS_URL = settings.REDIS_URL.replace("//", "//doctor:hush-hush@", 1)
            found = one(servers.redis_answers, "Redis refuses the password in REDIS_URL")
        finally:
            asked.acl_deluser("doctor")
    assert "REDIS_PASSWORD" in found.do
    assert "hush-hush" not in found.says + found.do


def test_a_redis_that_cannot_be_reached(settings):
    settings.REDIS_URL = DEAD_REDIS
    one(servers.redis_answers, "Redis cannot be reached", "refused")
