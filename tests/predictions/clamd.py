"""A real clamd (Debian's, installed where it is missing and the tests may), for one test or many.

Its signatures are our own: the only one is that of EICAR's test file, which is harmless and which
every scanner takes for a virus (https://www.eicar.org/download-anti-malware-testfile/).
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

from tests.conftest import PROJECT
from tests.installing import apt, install
from tests.kept import one_process
from tests.ports import free_port

PATH = f"{os.environ.get('PATH', '')}:/usr/sbin"  # not everybody's PATH has it
# In two pieces, or this file itself would be taken for a virus.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
SIGNATURE = f"Eicar:0:*:{EICAR.hex()}\n"  # in any kind of file, anywhere in it
CONFIGURATION = PROJECT / "deploy/clamd.conf"  # the one of docker-compose.yml


class NoClamd(Exception):
    """Says what to install."""


def find_or_install() -> str:
    """Path of clamd. Raises NoClamd."""
    with one_process("installing"):
        if shutil.which("clamd", path=PATH) is None:
            install("The tests need clamd", apt("clamav-daemon"))
    found = shutil.which("clamd", path=PATH)
    if found is None:
        raise NoClamd(
            "The tests need clamd, ClamAV's scanner, and it could not be installed: install the "
            "package `clamav-daemon`, so that `clamd` is on PATH or in /usr/sbin."
        )
    return found


class Clamd:
    """A clamd in this folder, which takes settings of its own before those of compose."""

    def __init__(self, folder: Path, **options: str) -> None:
        self.unix_url = f"unix://{folder}/clamd.sock"
        port = free_port()
        self.tcp_url = f"tcp://127.0.0.1:{port}"
        (folder / "signatures").mkdir()
        (folder / "signatures/eicar.ndb").write_text(SIGNATURE)
        own = {
            "DatabaseDirectory": str(folder / "signatures"),
            "LocalSocket": str(folder / "clamd.sock"),
            "TCPSocket": str(port),
            "TCPAddr": "127.0.0.1",
            "TemporaryDirectory": str(folder),
            **options,
        }
        lines = CONFIGURATION.read_text().splitlines()
        kept = [line for line in lines if line.partition(" ")[0] not in own]
        self.configuration = folder / "clamd.conf"
        self.configuration.write_text(
            "\n".join([*kept, *(f"{name} {value}" for name, value in own.items()), ""])
        )
        self.log = folder / "log"

    def start(self) -> None:
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [find_or_install(), "--foreground", "--config-file", str(self.configuration)],
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + 30
        while not self.answers():
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.02)

    def answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as asking:
            try:
                asking.connect(self.unix_url.removeprefix("unix://"))
                asking.sendall(b"zPING\0")
                return asking.recv(16) == b"PONG\0"
            except OSError:
                return False

    def stop(self) -> None:
        """As a power cut does."""
        self.process.kill()
        self.process.wait(timeout=30)

    def freeze(self) -> None:
        self.process.send_signal(signal.SIGSTOP)
