"""The line of the log that says what became of a job, under the ids of the request that caused it.

Never what was seen in a picture: that is its owner's.
"""

import logging
from collections.abc import Sequence
from typing import Any

from predictions.inference.limits import UnreadableImage
from predictions.queueing import traces
from predictions.queueing.batch import Task
from predictions.queueing.jobs import Stopped
from predictions.queueing.queue import context_of
from predictions.registry.predictors import answering

logger = logging.getLogger(__name__)


STAGES = ("queue", "decode", "inference", "save")


def tell(tasks: Sequence[Task], worker: str) -> None:
    """In the log and the traces."""
    log(tasks, worker)
    traces.record(tasks)


def log(tasks: Sequence[Task], worker: str) -> None:
    """One line for each job; the reason of an unexpected failure is in a line of its own."""
    if not logger.isEnabledFor(logging.INFO):
        return
    for task in tasks:
        outcome = outcome_of(task)
        fields = {"job_id": task.job.id, "worker": worker, "outcome": outcome}
        fields |= context_of(task.job) | version_of(task) | timings_of(task)
        reason = f": {task.error}" if is_expected(task.error) else ""
        logger.info("Picture %s%s", outcome, reason, extra=fields)


def is_expected(error: Exception | None) -> bool:
    """Whether the picture or somebody's will is to blame, and nobody has anything to repair."""
    return isinstance(error, UnreadableImage | Stopped)


def outcome_of(task: Task) -> str:
    if isinstance(task.error, UnreadableImage):
        return "unreadable"
    if isinstance(task.error, Stopped):
        return "stopped"
    if task.error:
        return "failed"
    return "answered" if task.answer else "not wanted any more"


def version_of(task: Task) -> dict[str, Any]:
    if not task.answer or not task.arguments:  # it may not be here, nor the database
        return {}
    version = answering(task.arguments.model_version_id)
    return {
        "inference_id": task.arguments.inference_id,
        "classifier": version.classifier,
        "version": version.name,
    }


def timings_of(task: Task) -> dict[str, Any]:
    """Milliseconds; those of a batch count in full for each of its pictures."""
    if not task.answer:
        return {}
    timings = task.answer.timings
    times = {f"{stage}_ms": timings[stage] for stage in STAGES if stage in timings}
    return {"batch_size": timings["batch_size"], **times}
