"""What runs a prepared model: OpenVINO serves, TensorFlow is the reference and what GPUs use."""

from pathlib import Path
from typing import Literal

from predictions.inference.engines.engine import Engine
from predictions.inference.preprocessing import RECIPES
from predictions.inference.store import Manifest

__all__ = ["Engine", "EngineKind", "load_engine"]

EngineKind = Literal["openvino", "tensorflow"]


def load_engine(kind: EngineKind, folder: Path, *, threads: int | None = None) -> Engine:
    """Loads the prepared model in this folder (`ModelStore.path`).

    threads: how many processor cores one prediction may use; None leaves it to the engine, which
    takes all.
    Raises `ModelNotPrepared` when the folder holds no manifest, ValueError for an unknown kind.
    """
    recipe = RECIPES[Manifest.read(folder).recipe]
    # Each engine is imported where it is chosen: a worker on OpenVINO never pays for TensorFlow.
    if kind == "openvino":
        from predictions.inference.engines.openvino import OpenVINOEngine

        return OpenVINOEngine(folder, recipe, threads=threads)
    if kind == "tensorflow":
        from predictions.inference.engines.tensorflow import TensorFlowEngine

        return TensorFlowEngine(folder, recipe, threads=threads)
    raise ValueError(f"There is no engine {kind!r}; there are openvino and tensorflow.")
