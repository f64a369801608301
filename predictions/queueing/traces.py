"""What a worker did for a picture, as spans of the trace that the request has begun.

A batch runs the network once for up to CLASSIFIER_BATCH_SIZE pictures of as many requests. Each
trace gets a copy of the span, with the size of the batch: a single span could have one parent, and
viewers show links as mere references, so of sixteen traces fifteen would have a gap where their
time went. For the same reason `save`, one statement for the batch, is in each.
"""

from __future__ import annotations

from collections.abc import Sequence
from time import time
from typing import TYPE_CHECKING, Any

from foundation.observability import tracing
from predictions.queueing.batch import Task
from predictions.queueing.queue import TRACE, context_of

if TYPE_CHECKING:
    from foundation.observability.recorder import Recorder


def record(tasks: Sequence[Task]) -> None:
    """When the answers are known to those who wait, or the failure is."""
    recorder = tracing.recorder
    if recorder is None:
        return
    now = time()
    for task in tasks:
        if task.job.meta.get(TRACE):  # or every chore of a worker would be a trace
            record_one(recorder, task, now)


def record_one(recorder: Recorder, task: Task, now: float) -> None:
    job, began = task.job, task.execution.created_at.timestamp()
    attributes = {
        "messaging.system": "rq",
        "messaging.operation.type": "process",
        "messaging.destination.name": task.queue.name,
        "messaging.message.id": job.id,
        **{f"classifier.{name}": value for name, value in context_of(job).items()},
    }
    whole = recorder.done(
        f"process {task.queue.name}",
        "consumer",
        began,
        now,
        recorder.context_of(job.meta[TRACE]),
        attributes,
        task.error,
    )
    if not task.answer:
        return
    answer, size = task.answer, task.answer.timings["batch_size"]

    def part(stage: str, kind: str, **said: Any) -> None:
        began = answer.began[stage]
        recorder.done(stage, kind, began, began + answer.timings[stage] / 1000, whole, said)

    part("decode", "internal")
    part("inference", "internal", **{"classifier.batch_size": size})
    part("save", "client", **{"db.system.name": "postgresql", "db.operation.batch.size": size})
