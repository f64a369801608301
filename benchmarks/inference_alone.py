"""The ceiling: decoding and inference with nothing around them, in a process of its own.

Run as `python -m benchmarks.inference_alone MODEL_FOLDER PRECISION BATCH_SIZE…`; prints JSON.
"""

import json
import sys
from pathlib import Path
from statistics import mean, median
from time import perf_counter

import numpy as np

from benchmarks.pictures import synthetic
from predictions.inference.engines import load_engine
from predictions.inference.preprocessing import open_image

SECONDS = 2.0


def measure(folder: Path, precision: str, sizes: list[int]) -> dict[str, float]:
    engine = load_engine("openvino", folder, precision=precision)  # type: ignore[arg-type]
    photographs = synthetic(32)
    began = perf_counter()
    pixels = [engine.preprocess(open_image(photograph)) for photograph in photographs]
    results = {"decode_ms": (perf_counter() - began) * 1000 / len(pixels)}
    for size in sizes:
        batch = np.stack(pixels[:size])
        engine.predict(batch)
        began, took = perf_counter(), []
        while perf_counter() - began < SECONDS:
            before = perf_counter()
            engine.predict(batch)
            took.append((perf_counter() - before) * 1000)
        results[f"images_per_second_batch_{size}"] = 1000 * size / mean(took)
        results[f"p50_ms_batch_{size}"] = median(took)
    return results


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]), sys.argv[2], [int(size) for size in sys.argv[3:]])))
