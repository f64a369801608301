"""The RQ worker: the model loaded once, waiting jobs run as one batch, never a fork.

While the engine runs one batch, threads decode the next. What RQ knows of a job (its execution,
status, result, registries, retries) stays true for each job of a batch, and is written for all of
them in one pipeline.
"""

import math
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import monotonic, sleep
from typing import Any

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import close_old_connections
from redis.exceptions import RedisError
from rq import Queue
from rq.exceptions import StopRequested
from rq.executions import Execution
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.suspension import is_suspended
from rq.timeouts import JobTimeoutException
from rq.worker import WorkerStatus

from accounts.services import forget_expired
from foundation import memory
from foundation.observability import counters, tracing
from foundation.storage.lasting import lasting_storage
from predictions.inference.errors import ModelNotPrepared
from predictions.inference.limits import batch_work
from predictions.queueing import batch, copies, outcomes, shadows, turns, unloadable
from predictions.queueing.away import can_be_read, is_of_storage
from predictions.queueing.batch import Task
from predictions.queueing.bookkeeping import BookkeepingWorker
from predictions.queueing.jobs import Stopped
from predictions.queueing.liveness import IN_HAND
from predictions.queueing.queue import fetch_jobs
from predictions.queueing.recovery import recover
from predictions.queueing.stuck import DECODE_SECONDS, end_over, stop_in_time
from predictions.refusals import NoModel
from predictions.registry.predictors import load_what_answers

MAINTENANCE_INTERVAL = 15  # seconds
LISTEN = 1  # seconds, after which a worker looks whether it should stop
# Seconds that a batch can take: DECODE_SECONDS, the 60 of a job, and as much to save its answers.
# Only native code that never comes back takes longer, for which Python's alarms are too late.
HANGS_AFTER = 150
# Seconds between two looks whether pictures can be read again, and for a single one of them.
STORAGE_INTERVAL, STORAGE_SECONDS = 1, 10


class PredictionWorker(BookkeepingWorker):
    """`manage.py rqworker predictions bulk`.

    RQ's own default forks for each job, which would load the model for each picture; TensorFlow
    does not survive a fork at all.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs |= {
            # Jobs are data: write access to Redis should not allow running arbitrary code.
            "serializer": JSONSerializer,
            "maintenance_interval": MAINTENANCE_INTERVAL,
        }
        super().__init__(*args, **kwargs)
        self.decoders = ThreadPoolExecutor(settings.CLASSIFIER_THREADS, "decoder")
        self.tasks: dict[str, Task] = {}  # in hand, by their executions' ids
        self.maintained_at = -math.inf  # by a monotonic clock, unlike RQ's
        self.batch_began_at = math.inf  # by the same; while none runs

    def bootstrap(self, *args: Any, **kwargs: Any) -> None:
        """Loads the model before the first job asks for it, and before `/health` counts on it."""
        try:
            load_what_answers()
        except NoModel as error:
            command = "python manage.py prepare_model auto"
            raise SystemExit(f"No model is prepared. Run: {command}") from error
        except ModelNotPrepared as error:
            unloadable.tell(self.connection, error)
            raise SystemExit(str(error)) from error
        if settings.METRICS_PORT:
            try:
                counters.serve(settings.METRICS_PORT, lambda: not self.is_hanging)
            except OSError as error:
                raise SystemExit(f"METRICS_PORT cannot be used: {error.strerror}") from error
        tracing.start("classifier-worker")
        memory.take_large_blocks_from_the_system()
        stop_in_time(self)
        super().bootstrap(*args, **kwargs)

    def _shutdown(self) -> None:
        """Notes that SIGTERM has come, whatever this worker is at.

        RQ raises StopRequested there and then unless a job is known to run. A job that Redis has
        just handed out would then be in nobody's hands, and its request would wait in vain.
        """
        self._stop_requested = True

    def dequeue_job_and_maintain_ttl(
        self, timeout: int | None, max_idle_time: int | None = None
    ) -> tuple[Job, Queue] | None:
        """RQ's, which would wait on without looking whether it should stop."""
        if timeout is None or max_idle_time is not None:
            return super().dequeue_job_and_maintain_ttl(timeout, max_idle_time)
        while not self._stop_requested:
            if found := super().dequeue_job_and_maintain_ttl(LISTEN, LISTEN):
                return found
        raise StopRequested

    @property
    def is_hanging(self) -> bool:
        """Whether its batch will not end. Its heartbeats come from another thread."""
        return monotonic() - self.batch_began_at > HANGS_AFTER

    @property
    def should_run_maintenance_tasks(self) -> bool:
        return monotonic() - self.maintained_at > MAINTENANCE_INTERVAL

    def run_maintenance_tasks(self) -> None:
        self.maintained_at = monotonic()
        try:
            super().run_maintenance_tasks()
            self.register_again()
            close_old_connections()
            try:
                load_what_answers()
            except NoModel as error:
                self.log.error("No model answers now: %s", error)
            except ModelNotPrepared as error:  # other machines may have it
                unloadable.tell(self.connection, error)
            recover(self.finish)
            copies.delete_now_and_then()
            forget_expired()
        except (DatabaseError, RedisError) as error:
            self.log.error("Lost work is looked for later: %s", error)

    def execute_job(self, job: Job, queue: Queue) -> None:
        """This job and what waits with it, then on, batch by batch, until nothing waits.

        People are served in turn (turns.py). Somebody who comes while a batch runs waits for that
        one only, although the next is decoded by then: `newcomers` go before it.
        """
        alone = batch.was_tried(job)
        tasks = self.take_in_hand([(job, queue)])
        if not alone:  # it is being decoded while the others are looked for
            tasks += self.take_in_hand(self.take([queue], begun=job))
        while tasks:
            # A job that may kill the process runs without others in hand. Nor is another look
            # worth it when one picture was all that waited a moment ago.
            following = self.take_in_hand(self.take(self.queues)) if len(tasks) > 1 else []
            self.run(tasks)
            if following:
                self.run(self.take_in_hand(self.newcomers(following)))
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

        The jobs are in RQ's intermediate queue then, which tells them from those not yet
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

    def take_in_hand(self, taken: list[tuple[Job, Queue]]) -> list[Task]:
        """Registers an execution of each job; from here on RQ knows who has it in hand."""
        if not taken:
            return []
        close_old_connections()
        shadows.renew()
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
                batch.start_decoding(tasks, self.decoders, registered)
                pipeline.execute()
                batch.load_models(tasks)
            except ModelNotPrepared as error:  # the pictures are for machines that have the model
                unloadable.tell(self.connection, error)
                raise SystemExit(str(error)) from error
            finally:  # without Redis too, or the decoders would wait for ever
                registered.set()
        for task in tasks:
            if isinstance(task.error, ModelNotPrepared):
                unloadable.tell(self.connection, task.error)
        batch.mark_running(tasks)
        return tasks

    def run(self, tasks: list[Task]) -> None:
        """Answers the batch and tells RQ, job by job, how it went."""
        if not tasks:
            return
        self.batch_began_at = monotonic()
        if late := batch.late(tasks, DECODE_SECONDS):
            was_alone = len(self.executions) == 1
            self.answer([task for task in tasks if task not in late])
            end_over(self, late, was_alone=was_alone)
        self.answer(tasks)
        self.batch_began_at = math.inf

    def answer(self, tasks: list[Task]) -> None:
        """Runs the model over pictures that are decoded, and tells RQ how it went."""
        if not tasks:
            return
        for task in tasks:
            if task.execution.id in self.stopped:
                self.stopped.discard(task.execution.id)
                task.error, task.arguments = Stopped("Stopped by staff."), None
        seconds = max(task.job.timeout or self.queue_class.DEFAULT_TIMEOUT for task in tasks)
        try:
            with self.death_penalty_class(seconds, JobTimeoutException):
                batch.answer(tasks)
        except JobTimeoutException as error:
            for task in tasks:
                task.error = task.error or error
        done = [task for task in tasks if task.error is None]
        self.finish(done)
        outcomes.tell(done, self.name)  # those who wait have been told
        unread = [task for task in tasks if is_of_storage(task.error)]
        if unread and self.storage_was_away(unread[0]):
            try:
                self.give_back(unread)
            except DatabaseError as error:  # recovery.py finds them in nobody's hands
                self.log.error("Jobs could not be put back: %s", error)
            tasks = [task for task in tasks if task not in unread]
        for task in tasks:
            if task.error is not None:
                self.fail(task, task.error)

    def storage_was_away(self, unread: Task) -> bool:
        """Waits for it, for no picture could be read; True if this one is to be tried again.

        False if the storage answers all the time, and only not for this picture.
        """
        self.log.error("Waiting for the storage of pictures: %s", unread.error)
        until = monotonic() + STORAGE_SECONDS
        while not (self._stop_requested or can_be_read(unread)):
            self.batch_began_at = monotonic()  # it does not hang
            if not lasting_storage.is_reachable():
                until = monotonic() + STORAGE_SECONDS
            elif monotonic() > until:
                return False
            sleep(STORAGE_INTERVAL)
        return True
