"""The RQ worker: the model loaded once, waiting jobs run as one batch, never a fork.

While the engine runs one batch, threads decode the next. What RQ knows of a job (its execution,
status, result, registries, retries) stays true for each job of a batch, and is written for all of
them in one pipeline.
"""

import math
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import monotonic, perf_counter
from typing import Any

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import close_old_connections
from redis.exceptions import RedisError
from rq import Queue
from rq.command import parse_payload
from rq.executions import Execution
from rq.job import Job, JobStatus
from rq.job_lifecycle import call_exception_handlers, format_exc_info
from rq.results import Result
from rq.serializers import JSONSerializer
from rq.suspension import is_suspended
from rq.timeouts import JobTimeoutException
from rq.utils import now, utcformat
from rq.worker import WorkerStatus

from accounts.services import forget_expired
from foundation import memory
from foundation.observability import counters as instrumentation
from foundation.observability.timing import milliseconds_since
from predictions.inference.errors import ModelNotPrepared
from predictions.inference.limits import UnreadableImage, batch_work
from predictions.queueing import (
    batch,
    turns,
)
from predictions.queueing.batch import Task
from predictions.queueing.liveness import (
    IN_HAND,
    ReportingWorker,
    note_progress,
)
from predictions.queueing.queue import (
    RESULT_TTL,
    fetch_jobs,
)
from predictions.queueing.recovery import recover
from predictions.queueing.stuck import (
    DECODE_SECONDS,
    STOP_SECONDS,
    end_over,
    stop_within,
)
from predictions.refusals import NoModel
from predictions.registry.engines import engine_for
from predictions.registry.services import current_model

MAINTENANCE_INTERVAL = 15  # seconds


class Stopped(Exception):
    """Somebody stopped the job, with `rq` or in the admin."""


class PredictionWorker(ReportingWorker):
    """`manage.py rqworker predictions bulk`.

    RQ's own default forks for each job, which would load the model for each picture; TensorFlow
    does not survive a fork at all.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs |= {
            # Jobs are data: who can write to Redis must not be able to run what they like.
            "serializer": JSONSerializer,
            "maintenance_interval": MAINTENANCE_INTERVAL,
        }
        super().__init__(*args, **kwargs)
        self.decoders = ThreadPoolExecutor(settings.CLASSIFIER_THREADS, "decoder")
        self.tasks: dict[str, Task] = {}  # in hand, by their executions' ids
        self.stopped: set[str] = set()  # ids of executions
        self.maintained_at = -math.inf  # by a clock that nobody sets back, unlike RQ's

    def bootstrap(self, *args: Any, **kwargs: Any) -> None:
        """Loads the model before the first job asks for it, and before `/health` counts on it."""
        try:
            engine_for(current_model())
        except NoModel as error:
            command = "python manage.py prepare_model auto"
            raise SystemExit(f"No model is prepared. Run: {command}") from error
        except ModelNotPrepared as error:
            raise SystemExit(str(error)) from error
        if settings.METRICS_PORT:
            try:
                instrumentation.serve(settings.METRICS_PORT)
            except OSError as error:
                raise SystemExit(f"METRICS_PORT cannot be used: {error.strerror}") from error
        memory.take_large_blocks_from_the_system()
        stop_within(STOP_SECONDS)
        super().bootstrap(*args, **kwargs)

    @property
    def should_run_maintenance_tasks(self) -> bool:
        return monotonic() - self.maintained_at > MAINTENANCE_INTERVAL

    def run_maintenance_tasks(self) -> None:
        self.maintained_at = monotonic()
        try:
            super().run_maintenance_tasks()
            self.register_again()
            close_old_connections()
            recover(self.finish)
            forget_expired()
        except (DatabaseError, RedisError) as error:
            self.log.error("Lost work is looked for later: %s", error)

    def execute_job(self, job: Job, queue: Queue) -> None:
        """This job and what waits with it, then on, batch by batch, until nothing waits.

        People are served in turn (turns.py). Somebody who comes while a batch runs waits for that
        one only, although the next is decoded by then: `newcomers` go before it.
        """
        alone = batch.was_tried(job)
        tasks = self.begin([(job, queue)])
        if not alone:  # it is being decoded while the others are looked for
            tasks += self.begin(self.take([queue], begun=job))
        while tasks:
            # Beside a job that may kill the process, nobody else's is in hand. Nor is it worth
            # another look when one picture was all that waited a moment ago.
            following = self.begin(self.take(self.queues)) if len(tasks) > 1 else []
            self.run(tasks)
            if following:
                self.run(self.begin(self.newcomers(following)))
            self.heartbeat()
            if self.should_run_maintenance_tasks:  # under load RQ's own loop does not come to it
                self.run_maintenance_tasks()
            tasks = following
        self.set_state(WorkerStatus.IDLE)

    def newcomers(self, following: list[Task]) -> list[tuple[Job, Queue]]:
        """What waits in queues that are served before that of `following`, or for other people."""
        queue = following[0].queue
        earlier = self.queues[: self.queues.index(queue)]
        passing = {turns.owner_of(task.job.id) for task in following}
        return self.take(earlier) or self.take([queue], passing=passing)

    def take(
        self, queues: list[Queue], *, begun: Job | None = None, passing: Collection[str] = ()
    ) -> list[tuple[Job, Queue]]:
        """What waits in the first of these queues where anything does, as much as makes a batch.

        The jobs are in RQ's intermediate queue then, so that they can be told from those nobody has
        taken. A batch ends before a job that was tried before, which runs alone, and before its
        pictures would take long to decode. begun: the job of this batch that is in hand already.
        """
        if self._stop_requested:
            return []
        for queue in queues:
            room = min(queue.count, settings.CLASSIFIER_BATCH_SIZE - (begun is not None))
            if room <= 0 or is_suspended(self.connection, self):
                continue
            waiting = [
                job for job in fetch_jobs(turns.take(queue, room, passing)) if job is not None
            ]
            most = batch.fitting(waiting, batch_work(settings.MAX_PIXELS), begun)
            self.put_back(waiting[most:], queue, waiting[:most])
            if waiting:  # none fits, if the first was tried before: it is next, and alone
                return [(job, queue) for job in waiting[:most]]
        return []

    def put_back(self, waiting: list[Job], queue: Queue, taken: list[Job]) -> None:
        """Puts jobs back to the front; who has none among those taken has not had a turn."""
        had_a_turn = {turns.owner_of(job.id) for job in taken}
        with self.connection.pipeline() as pipeline:
            if no_turn := {turns.owner_of(job.id) for job in waiting} - had_a_turn:
                pipeline.hdel(turns.SERVED, *no_turn)
            for job in reversed(waiting):
                queue.push_job_id(job.id, pipeline=pipeline, at_front=True)
                pipeline.lrem(queue.intermediate_queue_key, 1, job.id)
            pipeline.execute()

    def begin(self, taken: list[tuple[Job, Queue]]) -> list[Task]:
        """Registers an execution of each job; from here on RQ knows who has it in hand."""
        if not taken:
            return []
        close_old_connections()
        registered = Event()
        with self.connection.pipeline() as pipeline:
            tasks = [
                Task(job, queue, Execution.create(job, IN_HAND, pipeline, self.name))
                for job, queue in taken
            ]
            self.tasks = {key: task for key, task in self.tasks.items() if key in self.executions}
            for task in tasks:
                self.tasks[task.execution.id] = task
                self.executions[task.execution.id] = task.execution
                task.job.prepare_for_execution(self.name, pipeline)
                pipeline.persist(task.job.key)
                pipeline.lrem(task.queue.intermediate_queue_key, 1, task.job.id)
            self.set_state(WorkerStatus.BUSY, pipeline)
            try:
                batch.decode(tasks, self.decoders, registered)
                pipeline.execute()
                batch.load_models(tasks)
            except ModelNotPrepared as error:  # the pictures are for machines that have the model
                raise SystemExit(str(error)) from error
            finally:  # without Redis too, or the decoders would wait for ever
                registered.set()
        batch.begin(tasks)
        return tasks

    def run(self, tasks: list[Task]) -> None:
        """Answers the batch and tells RQ, job by job, how it went."""
        if not tasks:
            return
        if late := batch.late(tasks, DECODE_SECONDS):
            was_alone = len(self.executions) == 1
            self.answer([task for task in tasks if task not in late])
            end_over(self, late, was_alone=was_alone)
        self.answer(tasks)

    def answer(self, tasks: list[Task]) -> None:
        """Runs the model over pictures that are decoded, and tells RQ how it went."""
        if not tasks:
            return
        for task in tasks:
            if task.execution.id in self.stopped:
                self.stopped.discard(task.execution.id)
                task.error, task.question = Stopped("Stopped by staff."), None
        seconds = max(task.job.timeout or self.queue_class.DEFAULT_TIMEOUT for task in tasks)
        began = perf_counter()
        try:
            with self.death_penalty_class(seconds, JobTimeoutException):
                batch.answer(tasks)
        except JobTimeoutException as error:
            for task in tasks:
                task.error = task.error or error
        self.finish([task for task in tasks if task.error is None])
        for task in tasks:
            if task.error is not None:
                self.fail(task, task.error)
        self.log.debug("Answered %d in %.0f ms", len(tasks), milliseconds_since(began))

    def finish(self, tasks: list[Task]) -> None:
        """What RQ's handle_job_success does for one job, for all, in two pipelines.

        The first wakes those who wait; the second tidies up behind them, and is what RQ's own
        maintenance makes up for should the process die in between. Without what these jobs never
        have: dependents, repeats, callbacks, webhooks, rate limits.
        """
        with self.connection.pipeline() as pipeline:
            for task in tasks:
                job, execution = task.job, task.execution
                job.ended_at = now()
                ttl = job.get_result_ttl(self.default_result_ttl)
                job.set_status(JobStatus.FINISHED, pipeline)
                # All that has changed; job.save would write and compress everything again.
                pipeline.hset(job.key, "ended_at", utcformat(job.ended_at))
                Result.create(
                    job,
                    Result.Type.SUCCESSFUL,
                    ttl,
                    return_value=task.answer and task.answer.result(),
                    worker_name=self.name,
                    pipeline=pipeline,
                    execution_id=execution.id,
                    execution_started_at=execution.created_at,
                    execution_ended_at=job.ended_at,
                )
                job.finished_job_registry.add(job, ttl, pipeline)
            pipeline.execute()
            for task in tasks:
                job, execution = task.job, task.execution
                ttl = job.get_result_ttl(self.default_result_ttl)
                job.cleanup(ttl, pipeline, remove_from_queue=False)
                self.cleanup_execution(job, pipeline, execution)
                self.increment_successful_job_count(pipeline)
                self.increment_total_working_time(now() - execution.created_at, pipeline)
            note_progress(pipeline)
            pipeline.execute()

    def fail(self, task: Task, error: Exception) -> None:
        """RQ's own way for one failed job; trying again helps only what is not the job's fault."""
        job, exc_info = task.job, (type(error), error, error.__traceback__)
        job.ended_at = now()
        expected = isinstance(error, UnreadableImage | Stopped)
        if expected:
            job.retries_left = 0
        if isinstance(error, UnreadableImage):
            job.failure_ttl = RESULT_TTL
        if isinstance(error, Stopped):
            self._stopped_job_id = job.id
        if expected:  # anybody can send damaged pictures, and so fill the log with tracebacks
            self.log.info("Job %s failed: %s", job.id, error)
            call_exception_handlers(self._exc_handlers, job, *exc_info)
        else:
            self.handle_exception(job, *exc_info)
        self.handle_job_failure(
            job, task.queue, exc_string=format_exc_info(exc_info), execution=task.execution
        )
        note_progress(self.connection)

    def handle_payload(self, message: Any) -> None:
        """RQ's commands; its `stop-job` knows the first job of a worker, ours each of a batch."""
        payload = parse_payload(message)
        if payload["command"] != "stop-job":
            super().handle_payload(message)
            return
        for execution in list(self.executions.values()):
            if execution.job_id == payload["job_id"]:
                self.request_stop_execution(execution.id)

    def request_stop_execution(self, execution_id: str) -> None:
        """Noted now, done before the engine runs: no thread can be made to drop a picture."""
        self.stopped.add(execution_id)
