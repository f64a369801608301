"""A batch of jobs from their pictures to saved answers, where each failure is one job's own."""

from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from time import perf_counter

from django.db import Error as DatabaseError
from rq import Queue
from rq.executions import Execution
from rq.job import Job
from rq.timeouts import JobTimeoutException

from predictions import jobs
from predictions.models import Inference


@dataclass
class Task:
    """One job of a batch, and what has come of it so far."""

    job: Job
    queue: Queue
    execution: Execution
    inference: Inference | None = None  # None: deleted, or answered by another job
    pixels: Future[jobs.Pixels] | None = None
    error: Exception | None = None


def begin(tasks: list[Task], decoders: ThreadPoolExecutor) -> None:
    """Loads what the jobs name and lets threads decode the pictures."""
    # Not every job need be ours: what cannot even be read fails alone as well.
    ours: dict[int, Task] = {}
    for task in tasks:
        try:
            ours[task.job.args[0]] = task
        except Exception as error:
            task.error = error
    try:
        loaded = {inference.pk: inference for inference in jobs.begin(list(ours))}
    except DatabaseError as error:
        for task in ours.values():
            task.error = error
        return
    for inference_id, task in ours.items():
        task.inference = loaded.get(inference_id)
        if task.inference is None:
            continue
        if task.job.enqueued_at and task.job.started_at:
            waited = task.job.started_at - task.job.enqueued_at
            task.inference.timings = {"queue": round(waited.total_seconds() * 1000, 2)}
        task.pixels = decoders.submit(jobs.decode, task.inference)


def answer(tasks: list[Task]) -> None:
    """Waits for the pixels, runs each model once over its pictures, saves all with one statement.

    A task has an `error` afterwards, or an inference that is saved, or neither if nobody asks any
    more.

    Raises:
        JobTimeoutException: from the alarm that the worker sets.
    """
    by_model = defaultdict(list)
    for task in tasks:
        if task.inference and task.pixels and succeeds(task, task.pixels.result):
            by_model[task.inference.model_version_id].append(task)
    answered = [task for together in by_model.values() for task in infer(together)]
    if answered:
        began = perf_counter()
        try:
            jobs.save([task.inference for task in answered if task.inference])
        except DatabaseError as error:
            for task in answered:
                task.error = error
        took = jobs.milliseconds_since(began)
        for task in answered:
            if task.inference:
                task.inference.timings["save"] = took


def infer(tasks: list[Task]) -> list[Task]:
    """Runs the model over all of them; if that fails, over each alone. Returns those answered."""
    if len(tasks) > 1:
        try:
            run(tasks)
        except JobTimeoutException:
            raise
        except Exception:
            return [task for task in tasks if infer([task])]
        return tasks
    return [task for task in tasks if succeeds(task, lambda: run(tasks))]


def run(tasks: list[Task]) -> None:
    jobs.infer(
        [task.inference for task in tasks if task.inference],
        [task.pixels.result() for task in tasks if task.pixels],
    )


def succeeds(task: Task, step: Callable[[], object]) -> bool:
    """Runs a step; what goes wrong with it is kept as the task's error."""
    try:
        step()
    except JobTimeoutException:
        raise
    except Exception as error:
        task.error = error
        return False
    return True
