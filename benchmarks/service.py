"""The service, its rival and inference alone as processes on this machine, and what they cost."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import requests

PROJECT = Path(__file__).parent.parent
RESULTS = PROJECT / "benchmarks" / "results"
# Which process is whose: words of its command line.
PARTS = {
    "web": "gunicorn",
    "training": "rqworker training",
    "worker": "rqworker",
    "postgres": "postgres",
    "valkey": "valkey",
}


class Running:
    """A server that answers at `port`, with the processes that belong to it."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process = process
        self.port = port

    def processes(self) -> dict[str, list[psutil.Process]]:
        found: dict[str, list[psutil.Process]] = {}
        for process in psutil.Process(self.process.pid).children(recursive=True):
            with suppress(psutil.NoSuchProcess):  # PostgreSQL's come and go
                command = " ".join(process.cmdline())
                if "resource_tracker" in command:
                    continue
                part = next((name for name, word in PARTS.items() if word in command), "server")
                found.setdefault(part, []).append(process)
        return found

    def cpu_seconds(self) -> dict[str, float]:
        """User and system time so far, by part; of PostgreSQL also that of its ended backends."""
        seconds: dict[str, float] = {}
        for part, processes in self.processes().items():
            for process in processes:
                with suppress(psutil.NoSuchProcess):
                    times = process.cpu_times()
                    seconds[part] = seconds.get(part, 0.0) + times.user + times.system
        if "server" in seconds:
            own = psutil.Process(self.process.pid).cpu_times()
            seconds["server"] += own.user + own.system
        return seconds

    def memory_mb(self) -> dict[str, float]:
        """Resident memory of the largest process of each part."""
        return {
            part: max(process.memory_info().rss for process in processes) / 1e6
            for part, processes in self.processes().items()
        }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def started(
    command: list[str],
    port: int,
    ready_path: str,
    log: Path = Path(os.devnull),
    **environment: str,
) -> Iterator[Running]:
    ours = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DEBUG")
    plain = {name: value for name, value in os.environ.items() if name not in ours}
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=PROJECT,
            env=plain | environment,
            stdout=output,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + 300
        while True:
            try:
                url = f"http://127.0.0.1:{port}{ready_path}"
                if requests.get(url, timeout=5).status_code == 200:
                    break
            except requests.RequestException:
                pass
            if process.poll() is not None or time.monotonic() > deadline:
                said = log.read_text(errors="replace")[-3000:]
                raise RuntimeError(f"{command} did not start. {said}")
            time.sleep(0.2)
        yield Running(process, port)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)
        with suppress(ProcessLookupError):  # LitServe leaves its inference process behind
            os.killpg(process.pid, signal.SIGKILL)


@contextmanager
def service(data: Path, log: Path = Path(os.devnull), **environment: str) -> Iterator[Running]:
    """`manage.py up`, as everybody runs it, with a limit for one person that nobody comes near."""
    port = free_port()
    with started(
        [sys.executable, "manage.py", "up"],
        port,
        "/health",
        PORT=str(port),
        log=log,
        CLASSIFIER_DATA=str(data),
        THROTTLE_PREDICT="1000000/min",
        THROTTLE_PICTURES="",
        THROTTLE_MEGAPIXELS="",
        **environment,
    ) as running:
        yield running


def inside(data: Path, code: str) -> str:
    """What this Python code prints, run with the models of a service that runs on this data."""
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", code],
        cwd=PROJECT,
        env={**os.environ, "CLASSIFIER_DATA": str(data)},
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


@contextmanager
def litserve(model_folder: Path, decoding: str, batch_size: int, workers: int) -> Iterator[Running]:
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.litserve_server", str(model_folder), str(port)]
    with started([*command, decoding, str(batch_size), str(workers)], port, "/health") as running:
        yield running


def sign_in(port: int) -> dict[str, str]:
    """The header of the first user's access token."""
    answer = requests.post(
        f"http://127.0.0.1:{port}/login",
        data={"username": "admin@example.com", "password": "admin"},
        timeout=10,
    )
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def inference_alone(folder: Path, precision: str, *sizes: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.inference_alone", str(folder), precision]
    command += map(str, sizes)
    done = subprocess.run(command, cwd=PROJECT, check=True, capture_output=True, text=True)
    result: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return result


@contextmanager
def alone_by_rounds(folder: Path, precision: str) -> Iterator[Callable[[float], float]]:
    """A process that runs a round of single predictions when asked, with a rest before each.

    Takes the rest and returns the median, both in ms.
    """
    command = [sys.executable, "-m", "benchmarks.inference_alone", str(folder), precision]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=PROJECT, text=True, stdin=pipe, stdout=pipe) as process:

        def ask(rest_ms: float) -> float:
            print(rest_ms, file=process.stdin, flush=True)
            return float(process.stdout.readline())

        yield ask
        process.stdin.close()
