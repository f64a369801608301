"""How many pictures a second one core of web, PostgreSQL and Valkey carries, without inference.

    python -m benchmarks.capacity [--workers 1 2 4 8] [--milliseconds 50] [--json FILE]

Starts services of its own whose engine only sleeps (`benchmarks.pretend`): first not at all, then
for 50 ms a picture with 1, 2, 4 and 8 workers. Web process, PostgreSQL and Valkey have the first
core of this machine, workers and clients the second. Prints at last how many cores so and so many
pictures a second need, on paper.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import client
from benchmarks.pictures import synthetic
from benchmarks.service import Running, free_port, sign_in, started

CARRIERS = ("web", "postgres", "valkey")
CLIENTS = 28  # as many as one web process lets wait at any time, of its 32 threads
SECONDS = 8  # that a run takes, about
WARM_UP = 100
PLANNED = (10, 100, 1000, 10_000)  # pictures a second
USED = 0.6  # of a core, as a planner counts: the rest is for busy minutes


class Pictures:
    """Photographs that nobody has sent before: a few, each with a number of its own."""

    def __init__(self) -> None:
        self.drawn = synthetic(20)
        self.numbers = count()

    def take(self, many: int) -> list[bytes]:
        return [self.numbered(next(self.numbers)) for _ in range(many)]

    def numbered(self, number: int) -> bytes:
        picture = self.drawn[number % len(self.drawn)]
        comment = b"\xff\xfe\x00\x0a" + number.to_bytes(8, "big")
        return picture[:2] + comment + picture[2:]


@contextmanager
def pretending(data: Path, milliseconds: float, workers: int) -> Iterator[Running]:
    """The service on its two cores."""
    port = free_port()
    with started(
        [sys.executable, "-m", "benchmarks.pretend", "up"],
        port,
        "/health",
        PORT=str(port),
        CLASSIFIER_DATA=str(data),
        CLASSIFIER_THREADS="1",
        WORKERS=str(workers),
        PRETEND_MS=str(milliseconds),
        THROTTLE_PREDICT="1000000/min",
        THROTTLE_PICTURES="",
        THROTTLE_MEGAPIXELS="",
    ) as running:
        first, second, *_ = sorted(os.sched_getaffinity(0))
        for part, processes in running.processes().items():
            for process in processes:
                pin(process.pid, first if part in CARRIERS else second)
        pin(os.getpid(), second)
        try:
            yield running
        finally:
            os.sched_setaffinity(0, {first, second})


def pin(pid: int, core: int) -> None:
    """All its threads; what they start later inherits it."""
    for task in Path(f"/proc/{pid}/task").iterdir():
        os.sched_setaffinity(int(task.name), {core})


def run(running: Running, pictures: Pictures, many: int, clients: int = CLIENTS) -> dict[str, Any]:
    headers = sign_in(running.port)
    new = pictures.take(many)
    before = running.cpu_seconds()
    load = client.run("127.0.0.1", running.port, "/model/predict", new, clients, headers)
    spent = {
        part: seconds - before.get(part, 0.0) for part, seconds in running.cpu_seconds().items()
    }
    carried = sum(spent.get(part, 0.0) for part in CARRIERS)
    return {
        "pictures": many,
        "errors": load.errors,
        "per_second": round(load.throughput, 1),
        "p50_ms": round(load.percentile(50), 1),
        "p95_ms": round(load.percentile(95), 1),
        "cpu_ms_per_picture": {
            part: round(1000 * seconds / many, 2) for part, seconds in spent.items()
        },
        "first_core_busy": round(carried / load.seconds, 2),
    }


def show(workers: int, milliseconds: float, found: dict[str, Any]) -> None:
    cost = found["cpu_ms_per_picture"]
    parts = ", ".join(f"{part} {cost.get(part, 0):.2f}" for part in (*CARRIERS, "worker"))
    print(
        f"{milliseconds:3.0f} ms, {workers} workers: {found['per_second']:6.1f}/s, "
        f"p50 {found['p50_ms']:6.1f} ms, first core {100 * found['first_core_busy']:3.0f} % busy; "
        f"ms a picture: {parts}" + (f"; {found['errors']} ERRORS" if found["errors"] else ""),
        flush=True,
    )


def plan(rows: list[dict[str, Any]]) -> None:
    """Cores by part, from what a picture cost where the engine took no time."""
    costs = [row["cpu_ms_per_picture"] for row in rows if not row["engine_ms"]]
    parts = (*CARRIERS, "worker")
    cost = {part: median(each.get(part, 0.0) for each in costs) for part in parts}
    print("ms a picture:", ", ".join(f"{part} {cost[part]:.2f}" for part in parts))
    for rate in PLANNED:
        cores = {part: rate * cost[part] / 1000 / USED for part in parts}
        print(f"{rate:6}/s: cores", ", ".join(f"{part} {cores[part]:.1f}" for part in parts))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", nargs="*", type=int, default=[1, 2, 4, 8])
    parser.add_argument("--milliseconds", type=float, default=50)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    rows, pictures = [], Pictures()
    series = [(0.0, 1)] + [(asked.milliseconds, workers) for workers in asked.workers]
    with tempfile.TemporaryDirectory(prefix="classifier-capacity-") as folder:
        for milliseconds, workers in series:
            with pretending(Path(folder), milliseconds, workers) as running:
                run(running, pictures, WARM_UP)
                rate = 1000 * workers / milliseconds if milliseconds else 200
                many = int(min(rate, 200) * SECONDS)
                for _ in range(asked.rounds):
                    found = run(running, pictures, many)
                    rows.append({"engine_ms": milliseconds, "workers": workers} | found)
                    show(workers, milliseconds, found)
    plan(rows)
    if asked.json:
        asked.json.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
