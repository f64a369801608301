"""PostgreSQL and Valkey from their wheels, for each process that runs tests.

A plugin (`-p tests.servers` in pyproject.toml), because Django reads its settings, and so the
addresses of these servers, before any conftest.py is loaded.
"""

import atexit
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from classifier_site.one_machine import guard
from classifier_site.one_machine.servers import Servers

data = Path(tempfile.mkdtemp(prefix="classifier-tests-"))
servers = Servers(data, durable=False)
running = ExitStack()
running.callback(shutil.rmtree, data, ignore_errors=True)
atexit.register(running.close)
environment = servers.environment()
# The emptying of the tables after a test waits for locks of the site and the worker; should they
# wait for its locks as well, it is they who give way, after the lock_timeout of conftest.py.
environment["DATABASE_URL"] += "?options=-c%20deadlock_timeout%3D10s"
os.environ.update(
    environment,
    DJANGO_SETTINGS_MODULE="classifier_site.settings",
    CLASSIFIER_DATA=str(data),
    SECRET_KEY="only-for-tests-" + "x" * 40,
    HTTPS="0",
    CLASSIFIER_EMBEDDED_DATABASE="1",
    # Hundreds of tests come from one address; the tests of limits set their own.
    THROTTLE_LOGIN="",
    THROTTLE_SIGNUP="",
    THROTTLE_READ="",
    THROTTLE_FEEDBACK="",
    THROTTLE_EXPORT="",
    THROTTLE_PREDICT="",
    THROTTLE_PICTURES="",
    THROTTLE_MEGAPIXELS="",
)


def end_with_this_process() -> None:
    """Has the servers ended even if this process is: an interrupted pytest-xdist kills its own."""
    watch = [sys.executable, "-I", guard.__file__]
    watcher = subprocess.Popen(watch, stdin=subprocess.PIPE, text=True, start_new_session=True)
    for server in psutil.Process().children():
        if server.pid != watcher.pid:
            print(f"+{server.pid} {int(signal.SIGINT)}", file=watcher.stdin, flush=True)
    running.callback(watcher.wait)
    running.callback(watcher.stdin.close)


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    """Start them, unless this process only hands tests out to pytest-xdist's others."""
    options = early_config.known_args_namespace
    if "PYTEST_XDIST_WORKER" in os.environ or not getattr(options, "numprocesses", None):
        running.callback(servers.stop)
        servers.start()
        end_with_this_process()
    return (yield)
