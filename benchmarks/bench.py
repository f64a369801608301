"""`make bench`: the service, LitServe with the same model, and inference alone, on this machine.

Prints one table, writes benchmarks/results/<time>.json and two plots beside it.

Series: `alone`, inference without a service; `small`, small photographs; `large`, of
12 megapixels; `added`, what the service adds to inference for one client.
"""

import argparse
import json
import os
import platform
import signal
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

from benchmarks import plots
from benchmarks.measuring import Large, Small
from benchmarks.prepared import Store
from benchmarks.series import LARGE, SMALL, Series, of_added, of_litserve, of_ours, ours
from benchmarks.service import RESULTS, inference_alone
from benchmarks.table import Rows, show
from predictions.inference.engines import Precision

SERIES = ("alone", "small", "large", "added")
MODELS = ("efficientnet-lite0", "resnet50")
# How LitServe decodes, the pictures in a batch at most, and its processes with a model each.
RIVALS = {
    "small": [("plain", 1, 1), ("plain", 16, 1), ("own", 1, 1), ("own", 16, 1)],
    "large": [("plain", 1, 1), ("plain", 16, 1), ("plain", 1, 2), ("own", 1, 1), ("own", 16, 1)],
}


def say(what: str) -> None:
    print(f"== {datetime.now():%H:%M:%S} {what}", flush=True)


def compared(
    series: Series,
    model: str,
    precisions: list[str],
    workers: list[int],
    store: Store,
    images: Path | None,
) -> Rows:
    """One series of one model: LitServe, then the service."""
    rows: Rows = []
    folder = store.prepare(model)
    large = Large(images) if series is LARGE else None
    for rival in RIVALS[series.name]:
        say(f"{series.name}, {model}: LitServe, decoding, batch size, workers: {rival}")
        rows += of_litserve(series, folder, model, *rival, large or Small(images))
    for precision in precisions:
        for many in workers if precision == "f32" else workers[:1]:
            say(f"{series.name}, {model}, {precision}: this service, workers: {many}")
            rows += of_ours(series, store, model, precision, many, large or Small(images))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=Path, default=os.environ.get("BENCH_IMAGES") or None)
    parser.add_argument("--series", nargs="*", choices=SERIES, default=SERIES)
    parser.add_argument("--models", nargs="*", choices=MODELS, default=MODELS)
    parser.add_argument("--precisions", nargs="*", default=get_args(Precision))
    parser.add_argument("--workers", nargs="*", type=int, default=[1, 2])
    parser.add_argument(
        "--into", type=Path, help="a result of before, to which these series are added"
    )
    parser.add_argument("--store", type=Path, help="keeps the prepared models for the next run")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # or the servers would go on
    path = asked.into or RESULTS / datetime.now(UTC).strftime("%Y-%m-%dT%H%MZ.json")
    rows: Rows = []
    alone: dict[str, dict[str, float]] = {}
    if asked.into and asked.into.exists():
        before = json.loads(asked.into.read_text())
        rows, alone = before["rows"], before["alone"]
    with tempfile.TemporaryDirectory(prefix="classifier-bench-models-") as scratch:
        store = Store(asked.store or Path(scratch))
        for model in asked.models:
            store.prepare(model)
            for series in (SMALL, LARGE):
                if series.name in asked.series and model in series.new:
                    rows += compared(
                        series, model, asked.precisions, asked.workers, store, asked.images
                    )
            for precision in asked.precisions:
                if "added" in asked.series:
                    say(f"{model}, {precision}: what the service adds to inference")
                    rows += of_added(store, model, precision, asked.images)
                if "alone" in asked.series:
                    say(f"{model}, {precision}: inference alone")
                    if not store.has(model, precision):
                        with ours(store, model, precision, 1):
                            pass  # it has made one
                    folder = store.folder(model, precision)
                    alone[f"{model} {precision}"] = inference_alone(folder, precision, 1, 8, 16)
            save(rows, alone, path)
    show(rows, alone)


def save(rows: Rows, alone: dict[str, Any], path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    machine = {
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
    }
    result = {"machine": machine, "alone": alone, "rows": rows}
    path.write_text(json.dumps(result, indent=1) + "\n")
    if small := [row for row in rows if row["series"] == SMALL.name]:
        plots.draw(small, path.with_suffix(""))
    print(f"Written to {path}, the plots of the series small beside it.")


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
