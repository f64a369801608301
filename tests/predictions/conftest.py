"""Workers and Redis servers that a test may stop, kill or empty without harm to the others."""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site
from django.utils import timezone

from classifier_site.one_machine.servers import Servers
from predictions.models import Inference
from predictions.queueing.queue import QUEUE_NAMES
from tests.conftest import PROJECT
from tests.servers import servers
from tests.workers import RQWORKER


@pytest.fixture
def media() -> Callable[[], list[Path]]:
    """An empty folder for uploads, the worker's too; called, it lists the files in it."""
    folder = site.MEDIA_ROOT
    assert folder.is_relative_to(servers.data)
    shutil.rmtree(folder, ignore_errors=True)
    return lambda: [path for path in folder.rglob("*") if path.is_file()]


@pytest.fixture
def stopped_worker(worker: Any) -> Iterator[Callable[[], None]]:
    """The worker is stopped in the middle of its life (SIGSTOP); called, it goes on."""
    os.kill(worker.pid, signal.SIGSTOP)
    yield lambda: os.kill(worker.pid, signal.SIGCONT)
    os.kill(worker.pid, signal.SIGCONT)


@pytest.fixture
def own_redis(transactional_db: None, model: Any, unheard_redis: Servers) -> Servers:
    """The same, for a test that starts workers of its own: they see the test's rows."""
    return unheard_redis


@pytest.fixture
def start_worker(environment: dict[str, str], own_redis: Servers) -> Iterator[Callable[..., Any]]:
    """Starts a worker on that Valkey; it ends when nothing waits."""
    processes = []

    def start(*options: str, **variables: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [*RQWORKER, *QUEUE_NAMES, "--burst", *options],
            cwd=PROJECT,
            env={**environment, "REDIS_URL": own_redis.redis_url, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


@pytest.fixture
def run_worker(start_worker: Callable[..., Any]) -> Callable[..., str]:
    """Lets a worker do what waits in that Valkey; returns its log."""

    def run_worker(**variables: str) -> str:
        process = start_worker(**variables)
        log, _ = process.communicate(timeout=90)
        assert process.returncode == 0, log.decode()
        return log.decode()

    return run_worker


@pytest.fixture
def a_minute_passes(stopped_worker: Callable[[], None]) -> Callable[[], None]:
    """What was recorded just now is a minute old.

    The worker of the other tests, which shares the database, would find it lost and answer it.
    """

    def pass_a_minute() -> None:
        Inference.objects.update(created_at=timezone.now() - timedelta(minutes=1))

    return pass_a_minute
