"""Trainings in the test's own process, where no other is needed."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from rq.serializers import JSONSerializer
from rq.worker import SimpleWorker

from learning.queue import get_queue
from predictions.inference.store import Manifest, ModelStore


@pytest.fixture
def work(transactional_db: None, model: Any) -> Callable[[], None]:
    """Performs what waits in the queue `training`, without a process for each job."""

    def work() -> None:
        worker = SimpleWorker([get_queue()], serializer=JSONSerializer)
        worker.work(burst=True)

    return work


@pytest.fixture
def lite2(larger_network: Path, model: Any) -> Iterator[Manifest]:
    """What "Train deeper" stands on, prepared already: in the site's store for this test."""
    store = ModelStore(settings.MODEL_STORE)
    shutil.copytree(larger_network, store.root, dirs_exist_ok=True)
    [manifest] = store.versions("efficientnet-lite2")
    yield manifest
    shutil.rmtree(store.root / manifest.name)
