"""One run of clients against a server, with what it cost."""

import io
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any

from PIL import Image

from benchmarks import client
from benchmarks.client import Load
from benchmarks.pictures import another, as_from_a_phone, files_in, from_folder, synthetic
from benchmarks.service import Running, alone_by_rounds

ROUNDS, PICTURES_A_ROUND = 20, 30  # one client against inference alone
# Photographs of a phone that are made; each is sent several times, in files that differ.
VIEWS = 24


class Small:
    """Photographs that the service has not seen, as many as are asked for."""

    def __init__(self, folder: Path | None) -> None:
        self.given: Iterator[bytes] | None = iter(from_folder(folder)) if folder else None
        self.numbers = count()

    def take(self, many: int) -> list[bytes]:
        if self.given is None:
            return synthetic(many, next(self.numbers) * 10_000)
        taken = [picture for picture, _ in zip(self.given, range(many), strict=False)]
        if not taken:
            sys.exit("BENCH_IMAGES has too few pictures: each may be sent only once.")
        return taken


class Large:
    """Photographs of 12 megapixels, in files that the service has not seen."""

    def __init__(self, folder: Path | None) -> None:
        if folder:
            files = files_in(folder)
            # From all parts of the folder.
            chosen = [files[at * len(files) // VIEWS] for at in range(VIEWS)]
        else:
            chosen = [io.BytesIO(content) for content in synthetic(VIEWS)]
        self.views = []
        for number, source in enumerate(chosen):
            with Image.open(source) as picture:
                self.views.append(as_from_a_phone(picture, number))
        self.numbers = count()

    def take(self, many: int) -> list[bytes]:
        return [another(self.views[at % VIEWS], next(self.numbers)) for at in range(many)]


def measure(
    target: Running, path: str, pictures: list[bytes], clients: int, headers: dict[str, str]
) -> dict[str, Any]:
    """One run of clients, with what it cost by part of the service."""
    before = target.cpu_seconds()
    load = client.run("127.0.0.1", target.port, path, pictures, clients, headers)
    cpu = {
        part: (seconds - before.get(part, 0.0)) * 1000 / len(pictures)
        for part, seconds in target.cpu_seconds().items()
    }
    return row(load, cpu, target.memory_mb())


def row(load: Load, cpu: dict[str, float], memory: dict[str, float]) -> dict[str, Any]:
    return {
        "clients": load.clients,
        "pictures": len(load.latencies),
        "errors": load.errors,
        "per_second": round(load.throughput, 1),
        "p50_ms": round(load.percentile(50), 1),
        "p95_ms": round(load.percentile(95), 1),
        "p99_ms": round(load.percentile(99), 1),
        "cpu_ms_per_picture": {part: round(value, 1) for part, value in cpu.items()},
        "memory_mb": {part: round(value) for part, value in memory.items()},
    }


def added(
    running: Running, headers: dict[str, str], pictures: Small, folder: Path, precision: str
) -> dict[str, Any]:
    """What the service adds to inference for a single client: the medians of rounds.

    Turn by turn with inference alone, because the processor of a shared machine is now fast and now
    slow; a round's parts are a second apart. `paced` is inference that rests between two pictures
    for as long as the service did something else: its caches are cold, its threads asleep, as they
    are for whoever asks now and then. `quiet` is the round with the fastest answers.
    """
    rounds = []
    with alone_by_rounds(folder, precision) as alone:
        for _ in range(ROUNDS):
            new = pictures.take(PICTURES_A_ROUND)
            inference = alone(0.0)
            load = client.run("127.0.0.1", running.port, "/model/predict", new, 1, headers)
            service = load.percentile(50)
            paced = alone(max(0.0, service - inference))
            rounds.append(
                {
                    "alone_ms": inference,
                    "alone_paced_ms": paced,
                    "service_ms": service,
                    "added_ms": service - inference,
                    "added_to_paced_ms": service - paced,
                    "added_by_server_timing_ms": median(load.overheads),
                }
            )
    return {
        "median": {name: round(median(r[name] for r in rounds), 1) for name in rounds[0]},
        "quiet": rounded(min(rounds, key=lambda r: r["service_ms"])),
        "rounds": [rounded(r) for r in rounds],
    }


def rounded(figures: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 1) for name, value in figures.items()}
