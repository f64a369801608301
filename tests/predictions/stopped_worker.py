"""A worker that gets SIGTERM at the moment when Redis hands it a job."""

import os
import signal
from typing import Any

from rq import Queue
from rq.job import Job

from predictions.queueing.worker import PredictionWorker

dequeue_any = Queue.__dict__["dequeue_any"].__func__


def interrupted_dequeue(*args: Any, **kwargs: Any) -> tuple[Job, Queue] | None:
    found: tuple[Job, Queue] | None = dequeue_any(*args, **kwargs)
    os.kill(os.getpid(), signal.SIGTERM)
    return found


class StoppedWorker(PredictionWorker):
    def bootstrap(self, *args: Any, **kwargs: Any) -> None:
        Queue.dequeue_any = classmethod(interrupted_dequeue)  # type: ignore[method-assign, assignment]
        super().bootstrap(*args, **kwargs)
