"""The ceiling: decoding and inference with nothing around them, in a process of its own.

Run as `python -m benchmarks.inference_alone MODEL_FOLDER PRECISION BATCH_SIZE…`; prints JSON. With
no batch size it prints the median of single pictures, in milliseconds, for each line it is given:
the milliseconds to rest before each, 0 for one right after the other.
"""

import json
import sys
from pathlib import Path
from statistics import mean, median
from time import perf_counter, sleep

import numpy as np

from benchmarks.pictures import synthetic
from predictions.inference.engines import Engine, load_engine
from predictions.inference.preprocessing import open_image

SECONDS = 2.0
SECONDS_A_ROUND = 0.5


def measure(folder: Path, precision: str, sizes: list[int]) -> dict[str, float]:
    engine = load_engine("openvino", folder, precision=precision)  # type: ignore[arg-type]
    photographs = synthetic(32)
    began = perf_counter()
    pixels = [engine.preprocess(open_image(photograph)) for photograph in photographs]
    results = {"decode_ms": (perf_counter() - began) * 1000 / len(pixels)}
    for size in sizes:
        batch = np.stack(pixels[:size])
        took = run(engine, batch, SECONDS)
        results[f"images_per_second_batch_{size}"] = 1000 * size / mean(took)
        results[f"p50_ms_batch_{size}"] = median(took)
    return results


def run(engine: Engine, batch: np.ndarray, seconds: float, rest_ms: float = 0.0) -> list[float]:
    """Milliseconds of each prediction, without the rest before it."""
    engine.predict(batch)
    began, took = perf_counter(), []
    while perf_counter() - began < seconds:
        if rest_ms:
            sleep(rest_ms / 1000)
        before = perf_counter()
        engine.predict(batch)
        took.append((perf_counter() - before) * 1000)
    return took


def answer_rounds(folder: Path, precision: str) -> None:
    engine = load_engine("openvino", folder, precision=precision)  # type: ignore[arg-type]
    picture = engine.preprocess(open_image(synthetic(1)[0]))[np.newaxis]
    for line in sys.stdin:
        print(median(run(engine, picture, SECONDS_A_ROUND, float(line))), flush=True)


if __name__ == "__main__":
    folder, precision, *sizes = sys.argv[1:]
    if sizes:
        print(json.dumps(measure(Path(folder), precision, [int(size) for size in sizes])))
    else:
        answer_rounds(Path(folder), precision)
