"""How many CPU cores this process can use."""

import os
from contextlib import suppress
from pathlib import Path


def available_cores(cgroup: Path = Path("/sys/fs/cgroup")) -> int:
    """The cores it can run on, or the container's quota of them, if that is less.

    With more threads, the kernel would throttle all of them for most of each period of 100 ms.
    `cpu.max` holds quota and period in microseconds, or "max" for no quota (Linux,
    Documentation/admin-guide/cgroup-v2.rst); a container sees its own group at the root.
    """
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    else:  # macOS
        cores = os.cpu_count() or 1
    with suppress(OSError, ValueError):
        quota, period = map(int, (cgroup / "cpu.max").read_text().split())
        cores = min(cores, quota // period)
    return max(1, cores)
