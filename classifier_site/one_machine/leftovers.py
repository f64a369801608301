"""Cleans up after a killed run: servers that are still running, and stale pid files."""

import os
import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path

PATIENCE = 30.0  # seconds for a server to end
NOBODYS_PID = 2**31 - 1  # pid_t can hold it, but no system uses it


def end_postgres(cluster: Path, run_folder: Path) -> None:
    """Stops a PostgreSQL that outlived its run, and makes a stale pid file harmless.

    PostgreSQL itself refuses to start when the number in its pid file belongs to any process of
    the same user, which after a restart of the machine or container can be any process.
    """
    pid_file = cluster / "postmaster.pid"
    try:
        pid = int(pid_file.read_text().split()[0])
    except (FileNotFoundError, ValueError, IndexError):
        pid_file.unlink(missing_ok=True)
        pid = NOBODYS_PID
    if _runs(pid, cluster):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT)
        deadline = time.monotonic() + PATIENCE
        while _runs(pid, cluster) and time.monotonic() < deadline:
            time.sleep(0.05)
    if _runs(pid, cluster):
        return  # PostgreSQL will refuse to start beside it, and say so
    with suppress(FileNotFoundError):
        # The rest of the file stays: PostgreSQL uses it to detect backends that outlived their
        # server.
        lines = pid_file.read_text().splitlines()[:7]
        with pid_file.open("r+") as file:  # in place, so that it keeps its owner
            file.write("\n".join([str(NOBODYS_PID), *lines[1:], ""]))
            file.truncate()
    for socket_file in run_folder.glob(".s.PGSQL.*"):
        socket_file.unlink(missing_ok=True)


def _runs(pid: int, cluster: Path) -> bool:
    """Whether `pid` is the PostgreSQL of this cluster: its command line names the folder."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        if Path("/proc/self/cmdline").exists():
            return False
        command = ["ps", "-ww", "-o", "command=", "-p", str(pid)]
        words = subprocess.run(command, capture_output=True).stdout  # noqa: S603
    return b"-D " + os.fsencode(cluster) in words.replace(b"\0", b" ")


def end_valkey(path: Path) -> None:
    """Stops a Valkey that outlived its run: a second one would write to the same file."""
    if ask_valkey(path, b"PING"):
        ask_valkey(path, b"SHUTDOWN")
        deadline = time.monotonic() + PATIENCE
        while ask_valkey(path, b"PING") and time.monotonic() < deadline:
            time.sleep(0.05)


def ask_valkey(path: Path, command: bytes) -> bytes:
    """The first bytes that Valkey sends on a socket; empty if it is not running."""
    with suppress(OSError), socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(2)
        connection.connect(os.fspath(path))
        connection.sendall(command + b"\r\n")
        return connection.recv(64)
    return b""
