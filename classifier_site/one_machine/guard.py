"""Ends what a killed supervisor leaves behind.

A process of its own that reads, line by line, which children the supervisor has: `+PID SIGNAL` for
one that has started and the signal that stops it, `-PID` for one that has ended. When the pipe
closes, the supervisor is gone, and whatever still runs is ended. It imports nothing of ours, so
that it is small and starts at once.
"""

import os
import signal
import sys
import time
from collections.abc import Iterable
from contextlib import suppress

PATIENCE = 1.0  # seconds between the stop signal and SIGKILL


def watch(lines: Iterable[str]) -> dict[int, int]:
    """The children that still run when the lines end, with their stop signals."""
    running = {}
    for line in lines:
        if line.startswith("+"):
            pid, number = map(int, line.split())
            running[pid] = number
        else:
            running.pop(-int(line), None)
    return running


def end(running: dict[int, int]) -> None:
    """Stop the children, then kill all that is left of their process groups."""
    for pid, number in running.items():
        with suppress(ProcessLookupError):
            os.kill(pid, number)
    deadline = time.monotonic() + PATIENCE
    while any(map(_group_runs, running)) and time.monotonic() < deadline:
        time.sleep(0.05)
    for pid in running:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)


def _group_runs(pid: int) -> bool:
    try:
        os.killpg(pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


if __name__ == "__main__":
    # What stops the supervisor may reach this process as well; it leaves after the supervisor.
    for stop_request in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(stop_request, signal.SIG_IGN)
    end(watch(sys.stdin))
