"""The ceiling: decoding and inference with nothing around them, in a process of its own.

Run as `python -m benchmarks.inference_alone MODEL_FOLDER PRECISION`; prints JSON.
"""

import json
import sys
from pathlib import Path
from time import perf_counter

import numpy as np

from benchmarks.pictures import synthetic
from predictions.inference.engines import load_engine
from predictions.inference.preprocessing import open_image

SECONDS = 4.0


def measure(folder: Path, precision: str) -> dict[str, float]:
    engine = load_engine("openvino", folder, precision=precision)  # type: ignore[arg-type]
    photographs = synthetic(32)
    began = perf_counter()
    pixels = [engine.preprocess(open_image(photograph)) for photograph in photographs]
    results = {"decode_ms": (perf_counter() - began) * 1000 / len(pixels)}
    for size in (1, 8, 16):
        batch = np.stack(pixels[:size])
        engine.predict(batch)
        began, done = perf_counter(), 0
        while perf_counter() - began < SECONDS:
            engine.predict(batch)
            done += size
        results[f"images_per_second_batch_{size}"] = done / (perf_counter() - began)
    return results


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]), sys.argv[2])))
