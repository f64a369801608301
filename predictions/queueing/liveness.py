"""Whether a worker is alive: it reports to Redis while it is, and Redis counts how long ago.

So it takes no two machines whose clocks agree. RQ's own `last_heartbeat` is by the worker's clock.
"""

import math
import os
import socket
import time
from threading import Thread
from time import monotonic
from typing import Any

from redis import Redis
from redis.client import Pipeline
from redis.exceptions import RedisError
from rq import worker_registration
from rq.worker import BaseWorker, SimpleWorker

# Seconds. An idle worker reports every TTL - 15 (RQ's rule) and looks for lost work then, so that
# the jobs of a worker that was killed on another machine run again within SILENT_AFTER + 15.
WORKER_TTL = 30
# Redis forgets a worker so long after its last report (RQ's rule, too).
KNOWN_FOR = WORKER_TTL + 60
SILENT_AFTER = 40
# An execution is known for longer than that, so that what is found of a dead worker's is complete.
IN_HAND = 2 * SILENT_AFTER
KEEP_ALIVE = 10
# Set whenever a worker has finished something, and gone when none has for so many seconds.
PROGRESS, STALLED_AFTER = "classifier:progress", 30


def is_silent(worker: BaseWorker) -> bool:
    """Whether it has not reported for SILENT_AFTER seconds, or Redis does not know it any more."""
    left: int = worker.connection.pttl(worker.key)
    return left < 1000 * (KNOWN_FOR - SILENT_AFTER)


def is_dead(worker: BaseWorker) -> bool:
    """Silent for too long; or of this machine, and its process is gone."""
    if is_silent(worker):
        return True
    return worker.hostname == socket.gethostname() and not process_exists(worker.pid)


def process_exists(pid: int | None) -> bool:
    if pid is None:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it does, and belongs to somebody else
        return True
    return True


def note_progress(connection: Redis) -> None:
    connection.set(PROGRESS, 1, ex=STALLED_AFTER)


class ReportingWorker(SimpleWorker):
    """Reports from a thread of its own, whatever it is at, and comes back when it was forgotten."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "worker_ttl": WORKER_TTL})
        self.reported_at = -math.inf  # by a monotonic clock, unlike RQ's

    def bootstrap(self, *args: Any, **kwargs: Any) -> None:
        super().bootstrap(*args, **kwargs)
        Thread(target=self.keep_alive_for_ever, name="keep-alive", daemon=True).start()

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """Once a second at most; RQ reports four times around each job while pictures wait.

        timeout: RQ's, for other kinds of workers; Redis knows this one for KNOWN_FOR seconds.
        """
        if monotonic() - self.reported_at > 1:
            super().heartbeat(KNOWN_FOR, pipeline)
            self.reported_at = monotonic()

    def keep_alive(self) -> None:
        """Extends what this worker has in hand, which would otherwise count as lost."""
        with self.connection.pipeline() as pipeline:
            self.heartbeat(pipeline=pipeline)
            for execution in list(self.executions.values()):
                execution.heartbeat(execution.job.started_job_registry, IN_HAND, pipeline)
                # Whole again, should Redis have forgotten it while this machine slept.
                execution.save(IN_HAND, pipeline)
            pipeline.execute()

    def keep_alive_for_ever(self) -> None:
        while True:
            time.sleep(KEEP_ALIVE)
            try:
                self.keep_alive()
            except RedisError as error:
                self.log.error("Heartbeats are failing: %s", error)

    def register_again(self) -> None:
        """RQ registers a worker when it starts, and never again.

        It would be unknown after Redis was emptied, or after it was taken for dead because
        its machine, or `rq suspend`, had held it for too long.
        """
        super().heartbeat(KNOWN_FOR)
        if not self.connection.sismember(self.redis_workers_keys, self.key):
            with self.connection.pipeline() as pipeline:
                pipeline.hset(self.key, mapping=self.serialize())
                pipeline.hdel(self.key, "death")
                worker_registration.register(self, pipeline)
                pipeline.execute()

    def register_death(self) -> None:
        """Not with pictures in hand: those are found at workers that are gone without a word."""
        if not self.executions:
            super().register_death()
