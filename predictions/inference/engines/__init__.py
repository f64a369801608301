"""What runs a prepared model: OpenVINO serves, TensorFlow is the reference and what GPUs use."""

from pathlib import Path
from typing import Literal

from predictions.inference.architectures import HAS_SIMD
from predictions.inference.engines.engine import Engine, Precision
from predictions.inference.errors import ModelNotPrepared
from predictions.inference.preprocessing import RECIPES
from predictions.inference.store import Manifest

__all__ = ["Engine", "EngineKind", "Precision", "load_engine", "native_precisions"]

EngineKind = Literal["openvino", "tensorflow"]


def load_engine(
    kind: EngineKind, folder: Path, *, threads: int | None = None, precision: Precision = "f32"
) -> Engine:
    """Loads the prepared model in this folder (`ModelStore.path`).

    threads: how many processor cores one prediction may use; None leaves it to the engine, which
    takes all.
    A model that was stored in f32 computes in f32 where the processor has no bf16, which is logged.
    Raises `ModelNotPrepared` when the folder holds no manifest, a model in another precision, one
    that another machine has prepared and that cannot be fed on this one, or one in int8 where the
    processor has none; ValueError for an unknown kind, or for another precision than f32 with
    TensorFlow, which is the reference.
    """
    manifest = Manifest.read(folder)
    if "int8" in (manifest.precision, precision) and manifest.precision != precision:
        raise ModelNotPrepared(
            f"The model in {folder} is stored in {manifest.precision} and cannot compute in "
            f"{precision}. Run: python manage.py prepare_model {manifest.architecture} "
            f"--precision {precision}"
        )
    name = manifest.recipe
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


def native_precisions() -> tuple[Precision, ...]:
    """Those that this machine's processor has instructions for, with OpenVINO; f32 is the first."""
    from predictions.inference.engines.openvino import native_precisions as of_openvino

    return of_openvino()
