"""A worker that dies with its answers saved, before it has told RQ."""

import os
from typing import NoReturn

from predictions.queueing.batch import Task
from predictions.queueing.worker import PredictionWorker


class DyingWorker(PredictionWorker):
    def finish(self, tasks: list[Task]) -> NoReturn:
        os._exit(66)
