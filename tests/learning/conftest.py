"""Trainings in the test's own process, where no other is needed."""

from collections.abc import Callable
from typing import Any

import pytest
from rq.serializers import JSONSerializer
from rq.worker import SimpleWorker

from learning.queue import get_queue


@pytest.fixture
def work(transactional_db: None, model: Any) -> Callable[[], None]:
    """Performs what waits in the queue `training`, without a process for each job."""

    def work() -> None:
        worker = SimpleWorker([get_queue()], serializer=JSONSerializer)
        worker.work(burst=True)

    return work
