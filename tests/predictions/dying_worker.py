"""A worker that dies with its answers saved, before it has told RQ."""

import os
from typing import NoReturn

from predictions.batch import Task
from predictions.worker import PredictionWorker


class DyingWorker(PredictionWorker):
    def finish(self, tasks: list[Task]) -> NoReturn:
        os._exit(66)
