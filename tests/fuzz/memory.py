"""Resident memory of the service's processes, by the kernel's own count of each one's peak.

proc_pid_status(5): VmHWM is the most a process ever had, so that nothing between two looks is
missed but the last moments of one that ends.
"""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

import psutil

from benchmarks.service import Running
from tests.fuzz.mutations import Mutant

INTERVAL = 0.25  # seconds
# Megabytes (10^6 bytes): the most, and what the worker falls back under.
CEILINGS = {"worker": 700.0, "web": 250.0}
WORKER_AFTERWARDS = 400.0
FALL_BACK_SECONDS = 60.0


@dataclass
class Memory:
    """Megabytes, of the largest process of each part; and what was sent when one had too many."""

    latest: deque[Mutant]

    peaks: dict[str, float] = field(default_factory=dict)
    now: dict[str, float] = field(default_factory=dict)
    processes: dict[str, set[int]] = field(default_factory=dict)
    suspects: dict[str, list[Mutant]] = field(default_factory=dict)

    def look(self, running: Running) -> None:
        for part, processes in running.processes().items():
            if part not in CEILINGS:
                continue
            sizes = [size for process in processes if (size := sizes_of(process))]
            self.processes.setdefault(part, set()).update(process.pid for process in processes)
            self.now[part] = max((now for now, _ in sizes), default=0.0)
            peak = max((peak for _, peak in sizes), default=0.0)
            if peak > max(CEILINGS[part], self.peaks.get(part, 0.0)):
                self.suspects[part] = list(self.latest)
            self.peaks[part] = max(self.peaks.get(part, 0.0), peak)


def sizes_of(process: psutil.Process) -> tuple[float, float] | None:
    """Resident now and at most, in megabytes; None once it has ended."""
    with suppress(OSError, KeyError):
        lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
        said = dict(line.split(":", 1) for line in lines)
        return tuple(int(said[name].split()[0]) * 1024 / 1e6 for name in ("VmRSS", "VmHWM"))
    return None


@contextmanager
def watched(running: Running, latest: deque[Mutant]) -> Iterator[Memory]:
    """Looks at it again and again, for the time of a `with` block."""
    memory, over = Memory(latest), Event()

    def watch() -> None:
        while not over.wait(INTERVAL):
            with suppress(psutil.Error):  # one ended while it was looked at
                memory.look(running)

    thread = Thread(target=watch)
    thread.start()
    try:
        yield memory
    finally:
        over.set()
        thread.join()


def fallen_back(memory: Memory) -> bool:
    """Waits until the worker has given back what it does not need."""
    waiting = Event()
    for _ in range(int(FALL_BACK_SECONDS / INTERVAL)):
        if 0 < memory.now.get("worker", 0.0) < WORKER_AFTERWARDS:
            return True
        waiting.wait(INTERVAL)
    return False
