"""What runs a prepared model: OpenVINO serves, TensorFlow is the reference and what GPUs use."""

from pathlib import Path
from typing import Literal

from predictions.inference.architectures import HAS_SIMD
from predictions.inference.engines.engine import Engine, Precision
from predictions.inference.errors import ModelNotPrepared
from predictions.inference.preprocessing import RECIPES
from predictions.inference.store import Manifest

__all__ = ["Engine", "EngineKind", "Precision", "load_engine", "native_precision"]

EngineKind = Literal["openvino", "tensorflow"]


def load_engine(
    kind: EngineKind, folder: Path, *, threads: int | None = None, precision: Precision = "f32"
) -> Engine:
    """Loads the prepared model in this folder (`ModelStore.path`).

    threads: how many processor cores one prediction may use; None leaves it to the engine, which
    takes all.
    Raises `ModelNotPrepared` when the folder holds no manifest, or a model that another machine has
    prepared and that cannot be fed on this one, ValueError for an unknown kind, or
    for bf16 with TensorFlow, which is the reference and computes in f32.
    """
    name = Manifest.read(folder).recipe
    recipe = RECIPES.get(name)
    if recipe is None:
        raise ModelNotPrepared(
            f"The model in {folder} was prepared by another release of this service, which knows "
            f"the recipe {name}. Run: python manage.py prepare_model auto"
        )
    if recipe.simd and not HAS_SIMD:
        raise ModelNotPrepared(
            f"The model in {folder} needs the Python package cykooz.resizer, which is not "
            "installed. Prepare it anew where the workers run: python manage.py prepare_model auto"
        )
    # Each engine is imported where it is chosen: a worker on OpenVINO never pays for TensorFlow.
    if kind == "openvino":
        from predictions.inference.engines.openvino import OpenVINOEngine

        return OpenVINOEngine(folder, recipe, threads=threads, precision=precision)
    if kind == "tensorflow":
        if precision != "f32":
            raise ValueError(f"The engine tensorflow computes in f32, not in {precision}.")
        from predictions.inference.engines.tensorflow import TensorFlowEngine

        return TensorFlowEngine(folder, recipe, threads=threads)
    raise ValueError(f"Unknown engine {kind!r}; choose openvino or tensorflow.")


def native_precision() -> Precision:
    """The fastest precision that this machine's processor has of its own, with OpenVINO."""
    from predictions.inference.engines.openvino import OpenVINOEngine

    return OpenVINOEngine.native_precision()
