"""A run of `manage.py up`, as a person has it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

from tests.conftest import PROJECT
from tests.ports import free_port

# What a person's shell does not have, and the tests' own process does.
OURS = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "CLASSIFIER_EMBEDDED_DATABASE", "HTTPS")


class Up:
    """One run of `up`; what it has printed so far is in `output()`."""

    def __init__(
        self,
        data: Path,
        log: Path,
        project: Path = PROJECT,
        arguments: Sequence[str] = (),
        **environment: str,
    ) -> None:
        self.port = int(environment.get("PORT") or free_port())
        self.url = f"http://127.0.0.1:{self.port}"
        self.data, self.log = data, log
        plain = {name: value for name, value in os.environ.items() if name not in OURS}
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up", *arguments],
                cwd=project,
                env=plain
                | {
                    "CLASSIFIER_DATA": str(data),
                    "CLASSIFIER_MODEL": "efficientnet-lite0",
                    "PORT": str(self.port),
                    **environment,
                },
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def output(self) -> str:
        return self.log.read_text()

    def wait_for(self, text: str, seconds: float = 120) -> None:
        deadline = time.monotonic() + seconds
        while text not in self.output():
            assert self.process.poll() is None and time.monotonic() < deadline, self.output()
            time.sleep(0.1)

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def child(self, *words: str) -> psutil.Process:
        """The child whose command line has all these words."""
        return next(
            process
            for process in self.family()
            if all(word in " ".join(process.cmdline()) for word in words)
            and "multiprocessing" not in " ".join(process.cmdline())
        )

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)
