"""`doctor` finds faults of Redis."""

import subprocess

import pytest
from redis import Redis

from classifier_site.one_machine.wheels import valkey_program
from classifier_site.operations.doctor import (
    redis,
    servers,
)
from classifier_site.operations.doctor.findings import Severity
from tests.operations.doctor.finding import one
from tests.ports import free_port
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


def test_a_managed_redis_that_does_not_say_what_it_drops(monkeypatch):
    managed = {"redis_version": "7.2.0", "used_memory": 1, "role": "master"}
    monkeypatch.setattr(redis, "info", lambda: managed)
    found = one(redis.eviction, "does not say", severity=Severity.WARNING)
    assert "noeviction" in found.do
    for look in (redis.version, redis.cluster, redis.memory, redis.writing):
        assert [*look()] == []


def test_a_cluster(settings, tmp_path):
    port = free_port()
    options = f"--port {port} --cluster-enabled yes --dir {tmp_path} --bind 127.0.0.1"
    process = subprocess.Popen(
        [valkey_program(), *options.split()], stdout=subprocess.PIPE, text=True
    )
    try:
        next(line for line in process.stdout if "Ready to accept connections" in line)
        settings.REDIS_URL = f"redis://127.0.0.1:{port}/0"
        found = one(redis.cluster, "runs as a cluster")
    finally:
        process.terminate()
        process.communicate(timeout=30)
    assert "cluster mode disabled" in found.do


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
