"""What `benchmarks.simulation` is fed with, and what its predictions are compared with.

    python -m benchmarks.cells [--rounds 3] [--into FILE]

Two services run side by side, with one worker and with two; in each round each of them is asked by
1, 4, 8, 16 and 64 clients in turn, so that both see the same minutes of a shared machine. Also what
a picture costs PostgreSQL and Valkey in statements and bytes, and, right after, inference and
decoding alone and how long the disk takes.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean, median
from typing import Any

import numpy as np

from benchmarks import client
from benchmarks.bench import processor
from benchmarks.capacity import Pictures
from benchmarks.inference_alone import run as predictions_of
from benchmarks.pictures import synthetic
from benchmarks.prepared import Store
from benchmarks.series import PREDICT, ours_in
from benchmarks.service import PROJECT, RESULTS, Running, inside
from predictions.inference.engines import load_engine
from predictions.inference.engines.openvino import SLICE
from predictions.inference.preprocessing import open_image

MODEL, PRECISION = "efficientnet-lite0", "f32"
WORKERS = (1, 2)
PICTURES = {1: 100, 4: 250, 8: 300, 16: 400, 64: 500}  # by the number of clients
SECONDS, TURNS = 1.0, 3  # of each measurement of inference alone
WARM_UP = 60
FLUSHES = 60

COUNTED = """
import json
from django.db import connection
from predictions.queueing.queue import INTERACTIVE, get_queue
def one(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]
redis = get_queue(INTERACTIVE).connection
sent = redis.info("commandstats")
print(json.dumps({
    "commits": one("SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"),
    "wal_bytes": int(one("SELECT pg_current_wal_lsn() - '0/0'")),
    "table_bytes": one(
        "SELECT sum(pg_total_relation_size(relid))::bigint FROM pg_stat_user_tables"
        " WHERE relname LIKE 'predictions_%'"
    ),
    "valkey_commands": sum(each["calls"] for each in sent.values()),
    "valkey_bytes": redis.info("memory")["used_memory"],
    "valkey_in": redis.info("stats")["total_net_input_bytes"],
    "valkey_out": redis.info("stats")["total_net_output_bytes"],
}))
"""
BATCHES = """
import json, sys
from predictions.models import Inference
from django.utils.dateparse import parse_datetime
spans = json.loads(%r)
print(json.dumps([
    [each["batch_size"] for each in Inference.objects.filter(
        created_at__range=[parse_datetime(moment) for moment in span], status="done"
    ).values_list("timings", flat=True)]
    for span in spans
]))
"""


def alone(folder: Path, threads: int) -> dict[str, float]:
    """Median milliseconds of a batch of each size, with that many threads."""
    engine = load_engine("openvino", folder, threads=threads, precision=PRECISION)
    pixels = [engine.preprocess(open_image(photograph)) for photograph in synthetic(16)]
    return {
        str(size): round(median(predictions_of(engine, np.stack(pixels[:size]), SECONDS)), 2)
        for size in (1, SLICE, 16)
    }


def decoding(folder: Path) -> float:
    """Milliseconds of one thread for a picture; the mean of three times 32."""
    engine = load_engine("openvino", folder, precision=PRECISION)
    photographs = synthetic(32)
    began = time.process_time()
    for photograph in photographs * 3:
        engine.preprocess(open_image(photograph))
    return round((time.process_time() - began) * 1000 / 96, 2)


def in_processes(folder: Path, what: str, processes: int = 1) -> list[Any]:
    """What so many processes print that do this at the same time."""
    command = [sys.executable, "-m", "benchmarks.cells", "--alone", str(folder), what]
    started = [
        subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True)
        for _ in range(processes)
    ]
    return [json.loads(each.communicate()[0].splitlines()[-1]) for each in started]


def calmest(folder: Path, threads: int, processes: int = 1) -> dict[str, float]:
    """Milliseconds of a batch of each size; of several turns the least, of processes the mean."""
    turns = [in_processes(folder, str(threads), processes) for _ in range(TURNS)]
    return {
        size: round(min(mean(each[size] for each in turn) for turn in turns), 2)
        for size in turns[0][0]
    }


def flushed(folder: Path, size: int) -> float:
    """Median milliseconds until the disk has a new file of so many bytes."""
    content, took = os.urandom(size), []
    for number in range(FLUSHES):
        with (folder / str(number)).open("wb") as file:
            file.write(content)
            file.flush()
            began = time.perf_counter()
            os.fsync(file.fileno())
            took.append((time.perf_counter() - began) * 1000)
    return round(median(took), 2)


def cell(running: Running, headers: dict[str, str], pictures: list[bytes], clients: int) -> Any:
    """One run of so many clients."""
    began = datetime.now(UTC)
    before, own_before = running.cpu_seconds(), time.process_time()
    load = client.run("127.0.0.1", running.port, PREDICT, pictures, clients, headers)
    own, after = time.process_time() - own_before, running.cpu_seconds()
    spent = {part: seconds - before.get(part, 0.0) for part, seconds in after.items()}
    stages = {name for each in load.stages for name in each}
    return {
        "clients": clients,
        "pictures": len(pictures),
        "errors": load.errors,
        "per_second": round(load.throughput, 1),
        "p50_ms": round(load.percentile(50), 1),
        "p95_ms": round(load.percentile(95), 1),
        "cpu_ms_per_picture": {
            part: round(1000 * seconds / len(pictures), 2)
            for part, seconds in (spent | {"client": own}).items()
        },
        "stages_ms": {
            name: round(median(each[name] for each in load.stages if name in each), 2)
            for name in sorted(stages)
        },
        "span": [began.isoformat(), datetime.now(UTC).isoformat()],
    }


def rounds(store: Store, many: int, folder: Path) -> Iterator[dict[str, Any]]:
    """All cells so many times; at last what a picture costs in statements and bytes."""
    pictures = Pictures()
    with ExitStack() as stack:
        data = {workers: folder / f"workers-{workers}" for workers in WORKERS}
        services = {
            workers: stack.enter_context(ours_in(data[workers], store, MODEL, PRECISION, workers))
            for workers in WORKERS
        }
        for running, headers in services.values():
            cell(running, headers, pictures.take(WARM_UP), 8)
        before = json.loads(inside(data[1], COUNTED))
        found: dict[int, list[Any]] = {workers: [] for workers in WORKERS}
        for _ in range(many):
            for clients, number in PICTURES.items():
                for workers, (running, headers) in services.items():
                    row = cell(running, headers, pictures.take(number), clients)
                    print(workers, {k: v for k, v in row.items() if k != "span"}, flush=True)
                    found[workers].append({"workers": workers} | row)
        for workers, rows in found.items():
            spans = json.dumps([row["span"] for row in rows])
            batches = json.loads(inside(data[workers], BATCHES % spans))
            for row, sizes in zip(rows, batches, strict=True):
                del row["span"]
                yield row | {
                    "batch_size": round(mean(sizes), 2),  # as a picture meets it
                    "batches_per_picture": round(mean(1 / size for size in sizes), 4),
                }
        after = json.loads(inside(data[1], COUNTED))
        number = many * sum(PICTURES.values())
        yield {name: round((after[name] - before[name]) / number, 2) for name in after}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--into", type=Path)
    parser.add_argument("--store", type=Path, help="keeps the prepared models for the next run")
    asked = parser.parse_args()
    path = asked.into or RESULTS / datetime.now(UTC).strftime("%Y-%m-%dT%H%MZ-cells.json")
    with tempfile.TemporaryDirectory(prefix="classifier-cells-") as scratch:
        store = Store(asked.store or Path(scratch))
        folder = store.prepare(MODEL)
        *cells, a_picture = rounds(store, asked.rounds, Path(scratch))
        found = {
            "processor": processor(),
            "cells": cells,
            "a_picture": a_picture,
            "decode_ms": min(in_processes(folder, "decode")[0] for _ in range(TURNS)),
            "slice": SLICE,
            "inference_ms": {
                "two threads": calmest(folder, 2),
                "one thread": calmest(folder, 1),
                "one thread in each of two processes": calmest(folder, 1, 2),
            },
            "flush_ms": {size: flushed(Path(scratch), size) for size in (8_000, 87_000)},
        }
    path.write_text(json.dumps(found, indent=1) + "\n")
    print(f"Written to {path}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--alone"]:
        folder, what = sys.argv[2:]
        network = Path(folder)
        print(json.dumps(decoding(network) if what == "decode" else alone(network, int(what))))
    else:
        main()
