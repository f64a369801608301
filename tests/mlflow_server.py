"""A real MLflow server, with SQLite and a folder for artifacts.

Its packages, 160 MB, are installed once and kept: a minute. It starts in ten seconds, so its tests
are in one file, which one process runs.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from tests.conftest import PROJECT
from tests.kept import kept
from tests.ports import free_port

PACKAGES = PROJECT / "tests" / "mlflow-server.txt"
DATABASE = "mlflow.db"  # empty, with its tables, which take MLflow five seconds
SECONDS = 120


def installed() -> Path:
    """The folder of its packages, with an empty database."""

    def install(folder: Path) -> None:
        print("== Installing an MLflow server for its tests", flush=True)
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--no-deps", "--target", folder, "-r", PACKAGES], check=True)
        make = ["db", "upgrade", f"sqlite:///{folder / DATABASE}"]
        subprocess.run(
            [*MLFLOW, *make], env=environment(folder), check=True, capture_output=True, cwd=folder
        )

    name = f"mlflow-{sys.version_info.major}.{sys.version_info.minor}"
    return kept(name, [PACKAGES], install)


MLFLOW = [sys.executable, "-W", "ignore", "-m", "mlflow"]


def environment(packages: Path) -> dict[str, str]:
    """Of the server alone: its packages hide those of .venv with the same names."""
    return {
        **os.environ,
        "PYTHONPATH": str(packages),
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    }


@contextmanager
def mlflow_server(folder: Path) -> Iterator[str]:
    """Its address, while it runs with its data in this folder."""
    packages = installed()
    shutil.copy(packages / DATABASE, folder)
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [
        *(*MLFLOW, "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"),
        *("--backend-store-uri", f"sqlite:///{folder / DATABASE}"),
        *("--artifacts-destination", str(folder / "artifacts")),
    ]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            command,
            cwd=folder,
            env=environment(packages),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        wait_for(address, server, folder / "log")
        yield address
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait(timeout=30)


def wait_for(address: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + SECONDS
    while True:
        assert server.poll() is None and time.monotonic() < deadline, log.read_text()
        try:
            if requests.get(f"{address}/health", timeout=5).ok:
                return
        except requests.RequestException:
            time.sleep(0.2)
