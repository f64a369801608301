"""The site as gunicorn serves it, and servers that are unreachable, silent or empty.

A plugin of conftest.py: tests of several folders use its fixtures.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest
import requests
from redis import Redis
from rq import Queue

from tests.conftest import PROJECT
from tests.ports import free_port

GUNICORN = [sys.executable, "-m", "gunicorn", "classifier_site.wsgi", "-c"]
CONFIGURATION = PROJECT / "classifier_site" / "gunicorn.conf.py"
DEAD_DATABASE = "postgres://nobody@127.0.0.1:1/nothing"
DEAD_REDIS = "redis://127.0.0.1:1/0"


@pytest.fixture(scope="module")
def serve(environment: dict[str, str]) -> Iterator[Callable[..., str]]:
    """Starts gunicorn with these variables; its address, once it answers."""
    with ExitStack() as running:

        def start(
            configuration: Path = CONFIGURATION, log: Path = Path(os.devnull), **variables: str
        ) -> str:
            port = free_port()
            process = subprocess.Popen(
                [*GUNICORN, str(configuration)],
                cwd=PROJECT,
                env={**environment, "PORT": str(port), **variables},
                stderr=running.enter_context(log.open("wb")),
            )
            running.callback(process.wait, 30)
            running.callback(process.terminate)
            address = f"http://127.0.0.1:{port}"
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline and process.poll() is None:
                with suppress(requests.ConnectionError):
                    requests.get(f"{address}/health/live", timeout=60)
                    return address
                time.sleep(0.05)
            raise AssertionError("gunicorn does not answer")

        yield start


@pytest.fixture(scope="module")
def silent_port() -> Iterator[int]:
    """Accepts connections and never says a word, like a server behind a broken network."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.fixture
def other_queue(settings: Any) -> Iterator[Queue]:
    """The queue in a part of Redis to which no worker listens."""
    settings.REDIS_URL = f"{settings.REDIS_URL}?db=7"
    with Redis.from_url(settings.REDIS_URL) as redis:
        yield Queue("predictions", connection=redis)
        redis.flushdb()
