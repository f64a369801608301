"""The RQ worker of the queue `training`.

RQ's own, which forks a process for each job: what that holds, a gigabyte while a network is
trained, is given back with it, and its death takes nothing along. Answers go first: it runs only
when nothing else wants the processor.
"""

import ctypes
import os
import signal
import sys
from typing import Any

from django.db import connections
from rq import Queue
from rq.exceptions import DeserializationError
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.utils import now
from rq.worker import Worker
from structlog.contextvars import bind_contextvars

from learning import recovery
from learning.queue import JOBS
from predictions.queueing.liveness import WORKER_TTL
from predictions.queueing.queue import context_of

PR_SET_PDEATHSIG = 1  # include/uapi/linux/prctl.h


class TrainingWorker(Worker):
    """`manage.py rqworker training --worker-class learning.worker.TrainingWorker`."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        ours: dict[str, Any] = {"serializer": JSONSerializer, "worker_ttl": WORKER_TTL}
        ours["exception_handlers"] = []  # those of the settings are for pictures that wait
        super().__init__(*args, **kwargs | ours)

    def bootstrap(self, *args: Any, **kwargs: Any) -> None:
        os.nice(19)
        if hasattr(os, "sched_setscheduler"):  # Linux
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
        super().bootstrap(*args, **kwargs)
        recovery.take_from_the_dead()

    def execute_job(self, job: Job, queue: Queue) -> None:
        try:
            is_ours = job.func_name in JOBS
        except DeserializationError:
            is_ours = False
        if not is_ours:
            execution = self.prepare_execution(job)
            job.ended_at = now()
            self.handle_job_failure(
                job,
                queue,
                exc_string="The job does not belong to this service.",
                execution=execution,
            )
            return
        connections.close_all()  # the fork would end those of this process
        super().execute_job(job, queue)

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        bind_contextvars(job_id=job.id, worker=self.name, **context_of(job))  # into its log lines
        super().main_work_horse(job, queue)

    def request_stop(self, signum: Any, frame: Any) -> None:
        """Does not wait until the job ends, which takes minutes: it begins again later."""
        super().request_stop(signum, frame)
        if self.horse_pid:
            self.kill_horse()

    def handle_work_horse_killed(self, job: Job, *args: Any) -> None:
        recovery.lost(job.id, by_itself=not self._stop_requested)
        connections.close_all()
