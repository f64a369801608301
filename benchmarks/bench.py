"""`make bench`: the service, LitServe with the same model, and inference alone, on this machine.

Prints one table, writes benchmarks/results/<time>.json and two plots beside it.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import client, plots
from benchmarks.client import Load
from benchmarks.pictures import from_folder, synthetic
from benchmarks.service import (
    PROJECT,
    Running,
    alone_by_rounds,
    inference_alone,
    litserve,
    service,
    sign_in,
)

RESULTS = Path(__file__).parent / "results"
CLIENTS = (1, 4, 16, 64)
# Enough for some seconds at each number of clients.
NEW = {"efficientnet-lite0": (120, 240, 400, 400), "resnet50": (60, 90, 160, 160)}
REPEATED = 800
WARM_UP = 20
ROUNDS, PICTURES_A_ROUND = 20, 30  # one client against inference alone


class Pictures:
    """Photographs that the service has not seen, as many as are asked for."""

    def __init__(self, folder: Path | None) -> None:
        self.given: Iterator[bytes] | None = iter(from_folder(folder)) if folder else None
        self.numbers = count()

    def take(self, many: int) -> list[bytes]:
        if self.given is None:
            return synthetic(many, self.numbers.__next__() * 10_000)
        taken = [picture for picture, _ in zip(self.given, range(many), strict=False)]
        if not taken:
            sys.exit("BENCH_IMAGES has too few pictures: each may be sent only once.")
        return taken


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
    running: Running, headers: dict[str, str], pictures: Pictures, folder: Path, precision: str
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


def bench_service(
    model: str, precision: str, workers: int, pictures: Pictures, weights: Path, folder: Path
) -> list[dict[str, Any]]:
    """New pictures from 1 to 64 clients, then one picture again and again."""
    environment = {"CLASSIFIER_MODEL": model, "CLASSIFIER_PRECISION": precision}
    if model == "resnet50":
        environment["RESNET50_WEIGHTS"] = str(weights)
    cores = len(os.sched_getaffinity(0))
    environment["CLASSIFIER_THREADS"] = str(max(1, cores // workers))
    rows = []
    with ExitStack() as stack:
        data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="classifier-bench-")))
        running = stack.enter_context(service(data, WORKERS=str(workers), **environment))
        headers = sign_in(running.port)
        measure(running, "/model/predict", pictures.take(WARM_UP), 4, headers)
        for clients, many in zip(CLIENTS, NEW[model], strict=True):
            new = pictures.take(many)
            rows.append({"what": "new"} | measure(running, "/model/predict", new, clients, headers))
        if workers == 1:
            rows[0]["added"] = added(running, headers, pictures, folder, precision)
        for clients in (1, 16):
            again = new[:20] * (REPEATED // 20)
            measured = measure(running, "/model/predict", again, clients, headers)
            rows.append({"what": "repeated"} | measured)
    name = f"this service, {workers} worker{'s' if workers > 1 else ''}"
    return [{"who": name, "model": model, "precision": precision} | r for r in rows]


def bench_litserve(
    model: str, folder: Path, batch_size: int, pictures: Pictures
) -> list[dict[str, Any]]:
    rows = []
    with litserve(folder, batch_size) as running:
        measure(running, "/predict", pictures.take(WARM_UP), 4, {})
        for clients, many in zip(CLIENTS, NEW[model], strict=True):
            measured = measure(running, "/predict", pictures.take(many), clients, {})
            rows.append({"what": "new"} | measured)
    name = f"LitServe, batches of {batch_size}"
    return [{"who": name, "model": model, "precision": "f32"} | r for r in rows]


def prepare(model: str, weights: Path, store: Path) -> Path:
    """The prepared model's folder, for LitServe and for inference alone."""
    script = (
        "import sys; from pathlib import Path; from predictions.inference.store import ModelStore;"
        "store = ModelStore(Path(sys.argv[1])); weights = Path(sys.argv[3]);"
        "own = weights if sys.argv[2] == 'resnet50' else None;"
        "m = store.prepare(sys.argv[2], weights_file=own);"
        "print(store.path(m.name, m.version))"
    )
    command = [sys.executable, "-c", script, str(store), model, str(weights)]
    done = subprocess.run(command, cwd=PROJECT, check=True, stdout=subprocess.PIPE, text=True)
    return Path(done.stdout.strip().splitlines()[-1])


def resnet50_weights(folder: Path) -> Path:
    """RESNET50_WEIGHTS, or random ones: speed does not depend on them."""
    if given := os.environ.get("RESNET50_WEIGHTS"):
        return Path(given)
    path = folder / "random.weights.h5"
    script = (
        "import sys, keras; keras.utils.set_random_seed(0);"
        "keras.applications.ResNet50(weights=None).save_weights(sys.argv[1])"
    )
    subprocess.run([sys.executable, "-c", script, str(path)], check=True, capture_output=True)
    return path


def say(what: str) -> None:
    print(f"== {datetime.now():%H:%M:%S} {what}", flush=True)


def show(rows: list[dict[str, Any]], alone: dict[str, dict[str, float]]) -> None:
    """The table, with each row's throughput beside LitServe's and inference's at the same load."""
    print(
        f"{'who':32}{'model':20}{'prec':6}{'what':10}{'clients':>7}{'per s':>8}{'p50':>8}{'p95':>8}"
        f"{'p99':>8}{'× LitServe':>12}{'× alone':>9}  CPU ms a picture; MB"
    )
    for r in rows:
        rival = max(
            (
                o["per_second"]
                for o in rows
                if o["who"].startswith("LitServe")
                and (o["model"], o["clients"]) == (r["model"], r["clients"])
            ),
            default=0.0,
        )
        ceiling = alone[f"{r['model']} {r['precision']}"]["images_per_second_batch_1"]
        print(
            f"{r['who']:32}{r['model']:20}{r['precision']:6}{r['what']:10}{r['clients']:7}"
            f"{r['per_second']:8.1f}{r['p50_ms']:8.1f}{r['p95_ms']:8.1f}{r['p99_ms']:8.1f}"
            f"{r['per_second'] / rival if rival else 0:12.2f}{r['per_second'] / ceiling:9.2f}  "
            f"{r['cpu_ms_per_picture']}; {r['memory_mb']}"
            + (f"  {r['errors']} ERRORS" if r["errors"] else "")
        )
    for r in rows:
        for kind in ("median", "quiet"):
            if found := r.get("added", {}).get(kind):
                print(
                    f"one client, {r['model']} {r['precision']}, {kind} round: "
                    f"p50 {found['service_ms']} ms, inference alone {found['alone_ms']} ms, "
                    f"added {found['added_ms']} ms, by Server-Timing "
                    f"{found['added_by_server_timing_ms']} ms; inference at the same pace "
                    f"{found['alone_paced_ms']} ms, added to that {found['added_to_paced_ms']} ms"
                )
    for name, figures in alone.items():
        print(f"inference alone, {name}: " + ", ".join(f"{k} {v:.1f}" for k, v in figures.items()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=Path, default=os.environ.get("BENCH_IMAGES") or None)
    parser.add_argument("--models", nargs="*", default=["efficientnet-lite0", "resnet50"])
    parser.add_argument("--precisions", nargs="*", default=["f32", "bf16"])
    parser.add_argument("--workers", nargs="*", type=int, default=[1, 2])
    asked = parser.parse_args()
    rows: list[dict[str, Any]] = []
    alone: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory(prefix="classifier-bench-models-") as scratch:
        weights = resnet50_weights(Path(scratch))
        for model in asked.models:
            folder = prepare(model, weights, Path(scratch) / "models")
            for precision in asked.precisions:
                say(f"{model}, {precision}: inference alone")
                alone[f"{model} {precision}"] = inference_alone(folder, precision, 1, 8, 16)
            for batch_size in (1, 16):
                say(f"{model}: LitServe, batches of {batch_size}")
                rows += bench_litserve(model, folder, batch_size, Pictures(asked.images))
            for precision in asked.precisions:
                for workers in asked.workers if precision == "f32" else asked.workers[:1]:
                    say(f"{model}, {precision}: this service, workers: {workers}")
                    rows += bench_service(
                        model, precision, workers, Pictures(asked.images), weights, folder
                    )
    show(rows, alone)
    RESULTS.mkdir(exist_ok=True)
    stem = RESULTS / datetime.now(UTC).strftime("%Y-%m-%dT%H%MZ")
    machine = {
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
    }
    result = {"machine": machine, "alone": alone, "rows": rows}
    stem.with_suffix(".json").write_text(json.dumps(result, indent=1) + "\n")
    plots.draw(rows, stem)
    print(f"Written to {stem}.json and the plots beside it.")


def processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    names = [
        line.partition(":")[2].strip()
        for line in (cpuinfo.read_text().splitlines() if cpuinfo.exists() else [])
        if line.startswith("model name")
    ]
    return names[0] if names else platform.processor()


if __name__ == "__main__":
    main()
