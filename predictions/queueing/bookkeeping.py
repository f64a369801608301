"""What RQ is told of each job of a batch: finished, failed, or stopped by staff."""

from collections.abc import Collection
from typing import Any

from rq.command import parse_payload
from rq.job import JobStatus
from rq.job_lifecycle import call_exception_handlers, format_exc_info
from rq.results import Result
from rq.utils import now, utcformat
from structlog.contextvars import bound_contextvars

from predictions.inference.limits import UnreadableImage
from predictions.models import Inference
from predictions.queueing import outcomes, turns
from predictions.queueing.batch import Task
from predictions.queueing.jobs import Stopped
from predictions.queueing.liveness import ReportingWorker, note_progress
from predictions.queueing.queue import RESULT_TTL, context_of


class BookkeepingWorker(ReportingWorker):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stopped: set[str] = set()  # ids of executions

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
        expected = outcomes.is_expected(error)
        if expected:
            job.retries_left = 0
        if isinstance(error, UnreadableImage) or turns.is_of_nobody(job.id):
            job.failure_ttl = RESULT_TTL
        if isinstance(error, Stopped):
            self._stopped_job_id = job.id
        if expected:  # anybody can send damaged pictures, and so fill the log with tracebacks
            call_exception_handlers(self._exc_handlers, job, *exc_info)
        else:
            with bound_contextvars(job_id=job.id, **context_of(job)):
                self.handle_exception(job, *exc_info)
        self.handle_job_failure(
            job, task.queue, exc_string=format_exc_info(exc_info), execution=task.execution
        )
        note_progress(self.connection)
        task.error = error
        outcomes.tell([task], self.name)

    def give_back(self, tasks: list[Task], suspects: Collection[Task] = ()) -> None:
        """Puts tasks in hand back into their queues, without counting a try.

        suspects: those that are to run alone, after all others.

        Raises:
            RedisError, DatabaseError
        """
        ids = [task.arguments.inference_id for task in tasks if task.arguments]
        Inference.objects.filter(pk__in=ids).exclude(status=Inference.Status.DONE).update(
            status=Inference.Status.QUEUED, attempts=0
        )
        with self.connection.pipeline() as pipeline:
            for task in reversed(tasks):  # each is put before those that came after it
                job, is_suspect = task.job, task in suspects
                job.set_status(JobStatus.QUEUED, pipeline)
                if not is_suspect:
                    pipeline.hdel(job.key, "started_at")  # it was not tried, see batch.was_tried
                task.queue.push_job_id(job.id, pipeline, at_front=not is_suspect)
                self.cleanup_execution(job, pipeline, task.execution)
            pipeline.execute()

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
