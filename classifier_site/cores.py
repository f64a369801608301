"""How many processor cores this process may use."""

import os
from contextlib import suppress
from pathlib import Path


def available_cores(cgroup: Path = Path("/sys/fs/cgroup")) -> int:
    """The cores it may run on, or as many as the container's quota pays for, if that is fewer.

    With more threads than that, the kernel would stop all of them for most of each tenth of a
    second. `cpu.max` holds quota and period in microseconds, or "max" for no quota (Linux,
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
