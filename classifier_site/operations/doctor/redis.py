"""Redis: its version, memory, what it drops, whether it can be written, its clock."""

import time
from collections.abc import Iterator
from typing import Any

from classifier_site.operations.doctor import servers
from classifier_site.operations.doctor.clocks import compare
from classifier_site.operations.doctor.findings import Check, Finding, problem, warning

OLDEST = (6, 2)
FULL = 0.8  # of maxmemory, as in the alert


def info() -> dict[str, Any]:
    with servers.redis() as redis:
        found: dict[str, Any] = redis.info("everything")
        return found


def version() -> Iterator[Finding]:
    said = str(info()["redis_version"])
    if tuple(map(int, said.split(".")[:2])) < OLDEST:
        yield problem(f"Redis is {said}.", "Redis 6.2 or newer is needed, or Valkey 7.2 or newer.")


def eviction() -> Iterator[Finding]:
    policy = info()["maxmemory_policy"]
    if policy != "noeviction":
        yield problem(
            f"Redis drops keys when it is full (maxmemory-policy {policy}), so jobs and limits "
            "are lost.",
            "Set `maxmemory-policy noeviction` in its configuration, and at once: redis-cli "
            "config set maxmemory-policy noeviction",
        )


def memory() -> Iterator[Finding]:
    said = info()
    used, most = said["used_memory"], said["maxmemory"]
    if most and used > FULL * most:
        yield warning(
            f"Redis uses {used / most:.0%} of its maxmemory ({most / 1e6:,.0f} MB); when it is "
            "full, new pictures get a 503.",
            "Raise maxmemory and the limit of its container, or lower QUEUE_LIMIT.",
        )


def writing() -> Iterator[Finding]:
    said = info()
    if said["role"] != "master":
        yield problem(
            "REDIS_URL leads to a replica, which cannot be written.",
            "Let REDIS_URL lead to the primary.",
        )
    if "err" in (said["rdb_last_bgsave_status"], said["aof_last_write_status"]):
        yield problem(
            "Redis cannot write to its disk, and may refuse jobs for that reason.",
            "See its log: its disk may be full, or its folder belong to somebody else.",
        )


def clock() -> Iterator[Finding]:
    before = time.time()
    with servers.redis() as redis:
        seconds, microseconds = redis.time()
    yield from compare("Redis", before, seconds + microseconds / 1e6, time.time())


CHECKS = [Check(look, needs=("redis",)) for look in (version, eviction, memory, writing, clock)]
