"""Worker processes, for the tests that ask for one."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site

import learning.queue
from classifier_site.one_machine.servers import Servers
from foundation.redis_server import rq_connection
from predictions.queueing.queue import QUEUE_NAMES, make_patient, make_queue
from tests.predictions.versions import register_model

PROJECT = Path(__file__).parent.parent
# As `up` starts it; the names of its queues follow.
RQWORKER = [sys.executable, "manage.py", "rqworker", "--skip-checks"]
LOGS = pytest.StashKey[Path]()


@contextmanager
def running(environment: dict[str, str], log: Path, *arguments: str) -> Iterator[Any]:
    """A worker of these queues, once it listens."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*RQWORKER, *arguments], cwd=PROJECT, env=environment, stdout=output, stderr=output
        )
    try:
        deadline = time.monotonic() + 30
        while "Listening on " not in log.read_text():
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        yield process
    finally:
        process.terminate()
        process.wait(timeout=30)


@pytest.fixture(scope="session")
def worker_process(
    environment: dict[str, str],
    django_db_blocker: Any,
    tmp_path_factory: Any,
    pytestconfig: pytest.Config,
) -> Iterator[Any]:
    """`manage.py rqworker predictions`, as it runs in production, started once."""
    with django_db_blocker.unblock():
        register_model()  # a test before may have emptied the database
    pytestconfig.stash[LOGS] = log = tmp_path_factory.mktemp("worker") / "log"
    with running(environment, log, *QUEUE_NAMES) as process:
        yield process


def what_the_worker_said(item: pytest.Item) -> str:
    """The end of its log."""
    return "\n".join(item.config.stash[LOGS].read_text().splitlines()[-100:])


@pytest.fixture
def worker(transactional_db: None, model: Any, worker_process: Any) -> Any:
    """A live worker; the test's rows are committed, so that it sees them."""
    assert worker_process.poll() is None, "The worker has ended: its log is that of an earlier test"
    return worker_process


@pytest.fixture
def training_worker(
    transactional_db: None, model: Any, environment: dict[str, str], tmp_path: Path
) -> Iterator[Any]:
    """A worker that trains, as `up` starts it. Of this test alone: others do without."""
    trains = [learning.queue.NAME, "--worker-class", "learning.worker.TrainingWorker"]
    with running(environment, tmp_path / "training.log", *trains) as process:
        yield process


@pytest.fixture
def unheard_redis(settings: Any) -> Iterator[Servers]:
    """A Valkey that no other test uses and no worker listens to."""
    with tempfile.TemporaryDirectory(prefix="classifier-redis-") as folder:
        own = Servers(Path(folder), postgres=False, durable=False)
        settings.RQ_QUEUES = {
            name: {**queue, **rq_connection(own.redis_url)}
            for name, queue in site.RQ_QUEUES.items()
        }
        forget_connections()
        with own.running():
            yield own
        forget_connections()


def forget_connections() -> None:
    """Those to the queues, after RQ_QUEUES has changed."""
    make_queue.cache_clear()
    make_patient.cache_clear()
