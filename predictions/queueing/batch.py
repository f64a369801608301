"""A batch of jobs from their pictures to saved answers, where each failure is one job's own.

The steps: `start_decoding`, `load_models`, `mark_running`, `late`, `answer`. One job is a batch of
one.
"""

from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event
from time import perf_counter, time

from django.db import Error as DatabaseError
from rq import Queue
from rq.executions import Execution
from rq.job import Job
from rq.timeouts import JobTimeoutException

from foundation import memory
from foundation.observability.counters import observe_stages
from foundation.observability.timing import milliseconds_since
from predictions.classifiers import Classifier, ModelVersion
from predictions.inference.errors import ModelNotPrepared
from predictions.queueing import answered, decoding, jobs, shadows, turns
from predictions.queueing.decoding import Pixels
from predictions.queueing.jobs import Answer, Arguments
from predictions.queueing.queue import MAX_ATTEMPTS
from predictions.queueing.running import Asked, answers_of
from predictions.queueing.shadows import Picture
from predictions.registry.predictors import answering


@dataclass(eq=False)
class Task:
    """One job of a batch, and what has come of it so far."""

    job: Job
    queue: Queue
    execution: Execution
    arguments: Arguments | None = None  # None: its prediction was deleted, or answered before
    pixels: Future[Pixels] | None = None
    is_read: Event = field(default_factory=Event)  # its file; it is being decoded, or was
    answer: Answer | None = None
    error: Exception | None = None


def was_tried(job: Job) -> bool:
    """Whether this job failed before, or a worker died with it: it may be what killed the batch."""
    failed = job.retries_left is not None and job.retries_left < MAX_ATTEMPTS - 1
    return failed or job.started_at is not None


def fitting(waiting: list[Job], work: int, begun: Job | None = None) -> int:
    """How many of these, from the first on, make a batch: untried, and of so much work together.

    One picture may be of more, if no other is `begun`.
    """
    if begun:
        work -= begun.meta.get("work", 0)
    for at, job in enumerate(waiting):
        work -= job.meta.get("work", 0)
        if was_tried(job) or (work < 0 and (begun or at > 0)):
            return at
    return len(waiting)


def start_decoding(tasks: list[Task], decoders: ThreadPoolExecutor, registered: Event) -> None:
    """Lets threads read the pictures, and decode them once RQ knows which worker has them.

    A picture that several versions are asked about is decoded once.
    """
    by_file: dict[str, list[Task]] = defaultdict(list)
    for task in tasks:
        with capture_error(task):  # a job that does not belong to us fails alone, too
            task.arguments = Arguments.of(task.job)
            by_file[task.arguments.file].append(task)
    for file, together in by_file.items():
        is_read = Event()
        pixels = decoders.submit(read_and_decode, file, together, registered, is_read)
        for task in together:
            task.pixels, task.is_read = pixels, is_read


def read_and_decode(file: str, tasks: list[Task], registered: Event, is_read: Event) -> Pixels:
    """For those of the tasks whose versions can answer, which is known once it is `registered`."""
    content = decoding.read(file)
    registered.wait()  # a picture that kills the process does so as one that was tried
    is_read.set()
    version_ids = [
        arguments.model_version_id
        for task in tasks
        if (arguments := task.arguments) and not task.error
    ]
    return decoding.decode(file, content, version_ids)


def load_models(tasks: list[Task]) -> None:
    """Once for all decoders, which would each load a network that is not loaded yet.

    A version that is not here fails its own jobs, and nobody else's picture waits for it.

    Raises:
        ModelNotPrepared: it is a champion of the server's, whose pictures are left to machines
            that have it.
    """
    for task in tasks:
        with capture_error(task):
            if task.arguments:
                answering(task.arguments.model_version_id).load()
        if task.arguments and isinstance(task.error, ModelNotPrepared):
            raise_if_champion(task.arguments.model_version_id, task.error)


def raise_if_champion(version_id: int, error: ModelNotPrepared) -> None:
    champion = ModelVersion.objects.filter(
        pk=version_id,
        role=ModelVersion.Role.CHAMPION,
        classifier__in=Classifier.objects.of_server(),
    )
    with suppress(DatabaseError):
        if champion.exists():
            raise error


def mark_running(tasks: list[Task]) -> None:
    """Marks the inferences as running while they are decoded; drops those that are not wanted."""
    try:
        wanted = jobs.mark_running(
            [task.arguments.inference_id for task in tasks if task.arguments and task.pixels]
        )
    except DatabaseError as error:
        for task in tasks:
            task.error = task.error or error
        return
    for task in tasks:
        if task.arguments and task.arguments.inference_id not in wanted:
            task.arguments = None


def late(tasks: list[Task], seconds: int) -> list[Task]:
    """Those whose pictures are not decoded in so many seconds.

    Of seconds in which this process slept, with its machine or by a signal, one counts.
    """
    waiting = {task.pixels for task in tasks if task.pixels}
    for _ in range(seconds):
        waiting = wait(waiting, timeout=1).not_done
        if not waiting:
            break
    return [task for task in tasks if task.pixels in waiting]


def answer(tasks: list[Task]) -> None:
    """Runs each model once over its decoded pictures, saves all answers with one statement.

    A task has an `error` afterwards, or an `answer` that is saved, or neither if its prediction was
    deleted.

    Raises:
        JobTimeoutException: from the alarm that the worker sets.
    """
    decoded = []
    for task in tasks:
        if task.arguments and task.pixels and not task.error:
            with capture_error(task):
                task.pixels.result()
                decoded.append(task)
    if decoded:
        run_models(decoded)
    answered = [task for task in tasks if task.answer]
    if answered:
        save(answered)


def run_models(tasks: list[Task]) -> None:
    """Runs each network once over all of them; if that fails, over each alone."""
    try:
        answers = answers_of(
            [
                Asked(
                    task.arguments.inference_id,
                    task.arguments.model_version_id,
                    task.pixels.result(),
                    by_people=not turns.is_of_nobody(task.job.id),
                )
                for task in tasks
                if task.arguments and task.pixels
            ]
        )
    except JobTimeoutException:
        raise
    except Exception as error:
        if len(tasks) == 1:
            tasks[0].error = error
            return
        for task in tasks:
            run_models([task])
        return
    for task, found in zip(tasks, answers, strict=True):
        task.answer = found
        if task.job.enqueued_at and task.job.started_at:
            waited = task.job.started_at - task.job.enqueued_at
            # By the clocks of two machines: the one may not have got there yet.
            found.timings["queue"] = max(0.0, round(waited.total_seconds() * 1000, 2))


def save(tasks: list[Task]) -> None:
    began_at, began = time(), perf_counter()
    try:
        save_answers(tasks)
    except DatabaseError as error:
        for task in tasks:
            task.error, task.answer = error, None
    took = milliseconds_since(began)
    for task in tasks:
        if task.answer:
            task.answer.timings["save"] = took
            task.answer.began["save"] = began_at
            observe_stages(task.answer.timings)
    answered.count(
        (task.arguments.model_version_id, task.answer)
        for task in tasks
        if task.arguments and task.answer and not turns.is_of_nobody(task.job.id)
    )


def save_answers(tasks: list[Task]) -> None:
    """Raises DatabaseError."""
    answers = [task.answer for task in tasks if task.answer]
    if not any(answer.shadows for answer in answers):
        jobs.save_answers(answers)
        return
    pictures = {
        task.arguments.inference_id: Picture(task.arguments.file, task.job.meta.get("work", 0))
        for task in tasks
        if task.arguments
    }
    shadows.save_answers(answers, pictures)


@contextmanager
def capture_error(task: Task) -> Iterator[None]:
    """Keeps an exception raised in here as the task's error."""
    try:
        yield
    except JobTimeoutException:  # not the job's fault
        raise
    except Exception as error:
        memory.forget_locals(error)  # the file among them
        task.error = error
