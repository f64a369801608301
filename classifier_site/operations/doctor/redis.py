"""Redis: its version, memory, what it drops, whether it can be written, its clock, its Sentinels.

Nothing asks for CONFIG, which managed servers refuse.
"""

import time
from collections.abc import Iterator
from typing import Any

from django.conf import settings

from classifier_site.operations.doctor import servers
from classifier_site.operations.doctor.clocks import compare
from classifier_site.operations.doctor.findings import Check, Finding, problem, reason, warning
from foundation.redis_server import is_behind_sentinel, votes

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


def cluster() -> Iterator[Finding]:
    if info().get("cluster_enabled"):
        yield problem(
            "Redis runs as a cluster, whose keys are spread over several servers: jobs cannot be "
            "queued there.",
            "Use one primary with replicas (of a managed service: cluster mode disabled).",
        )


def eviction() -> Iterator[Finding]:
    policy = info().get("maxmemory_policy")
    if policy is None:
        yield warning(
            "Redis does not say what it does when it is full (maxmemory_policy in INFO).",
            "See in the settings of its provider that maxmemory-policy is noeviction.",
        )
    elif policy != "noeviction":
        yield problem(
            f"Redis drops keys when it is full (maxmemory-policy {policy}), so jobs and limits "
            "are lost.",
            "Set `maxmemory-policy noeviction` in its configuration, and at once: redis-cli "
            "config set maxmemory-policy noeviction; of a managed service, in its parameters.",
        )


def memory() -> Iterator[Finding]:
    said = info()
    used, most = said["used_memory"], said.get("maxmemory")
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
    if "err" in (said.get("rdb_last_bgsave_status"), said.get("aof_last_write_status")):
        yield problem(
            "Redis cannot write to its disk, and may refuse jobs for that reason.",
            "See its log: its disk may be full, or its folder belong to somebody else.",
        )


def clock() -> Iterator[Finding]:
    before = time.time()
    with servers.redis() as redis:
        seconds, microseconds = redis.time()
    yield from compare("Redis", before, seconds + microseconds / 1e6, time.time())


def failover() -> Iterator[Finding]:
    """Whether another server can take over, where Sentinels watch."""
    if not is_behind_sentinel(settings.REDIS_URL):
        return
    if not info()["connected_slaves"]:
        yield problem(
            "No replica follows the primary Redis, so nothing can take over from it.",
            "Start one, or see in the log of the one that runs why it cannot follow.",
        )
    for host, said in votes(settings.REDIS_URL, servers.SECONDS):
        if said:
            yield problem(
                f"The Sentinel at {host} is of no help: {reason(said)}",
                "See whether it runs, and `redis-cli -p 26379 sentinel ckquorum NAME` there.",
            )


CHECKS = [
    Check(look, needs=("redis",))
    for look in (version, cluster, eviction, memory, writing, clock, failover)
]
