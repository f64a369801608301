"""In which precision a prepared model is added: the one that is asked for, or the one "auto" means.

A model in int8 is another one in the store; bf16 is the one in f32, computed otherwise.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from django.conf import settings

from predictions.inference.engines import Precision, native_precisions
from predictions.inference.errors import PrecisionRefused
from predictions.inference.precisions import LEAST_AGREEMENT, Comparison, Pictures, processor
from predictions.inference.preprocessing import RECIPES
from predictions.inference.progress import Progress
from predictions.inference.quantise import can_quantise
from predictions.inference.selection import AUTO
from predictions.inference.store import Manifest, ModelStore
from predictions.registry import calibration

Chosen = tuple[Manifest, Precision]


def in_precision(
    f32: Manifest, store: ModelStore, asked: str, folder: Path | None, progress: Progress
) -> Chosen:
    """The model to add, and what it computes in.

    f32: as `ModelStore.prepare` has made it.
    asked: a precision, or "auto".
    folder: photographs to calibrate and compare with; None: the server's, if it has enough.
    Raises `ModelError` and OSError.
    """
    if settings.CLASSIFIER_ENGINE == "tensorflow":
        if asked not in (AUTO, "f32"):
            raise PrecisionRefused(f"The engine tensorflow computes in f32, not in {asked}.")
        return f32, "f32"
    if asked == "int8":
        return int8(f32, store, folder, progress)
    if asked == "bf16":
        return bf16(f32, store, folder, progress)
    if asked == AUTO:
        return fastest(f32, store, folder, progress)
    return f32, "f32"


def int8(f32: Manifest, store: ModelStore, folder: Path | None, progress: Progress) -> Chosen:
    """One that is there is taken, unless a folder says what to calibrate with."""
    if "int8" not in native_precisions():
        raise PrecisionRefused(
            "This processor lacks the instructions for int8 (VNNI), so a model can neither be "
            "compared nor run in it. Prepare it where the workers run, or use f32."
        )
    there = None if folder else quantised_from(f32, store)
    if there:
        return there, "int8"
    photographs = photographs_of(f32, folder, progress)
    if photographs is None:
        progress(calibration.SYNTHETIC.format(title=f32.title))
        photographs = calibration.synthetic(RECIPES[f32.recipe])
    return Comparison(f32, store, photographs).quantised(0, progress), "int8"


def bf16(f32: Manifest, store: ModelStore, folder: Path | None, progress: Progress) -> Chosen:
    """Compared with f32 where that can be done; the workers may run elsewhere."""
    if "bf16" not in native_precisions():
        progress(
            "This processor has no bf16: workers on this machine compute in f32, as fast as f32"
        )
        return f32, "bf16"
    if folder is None and is_compared(f32, {"bf16"}):
        return f32, "bf16"
    photographs = photographs_of(f32, folder, progress)
    if photographs is None:
        return f32, "bf16"
    comparison = Comparison(f32, store, photographs)
    comparison.measure("bf16", comparison.folder, progress)
    return described(f32, store, comparison.said), "bf16"


def fastest(f32: Manifest, store: ModelStore, folder: Path | None, progress: Progress) -> Chosen:
    """Of the precisions that this processor has, and that give enough of f32's answers."""
    wanted = {str(precision) for precision in native_precisions()} - {"f32"}
    if not can_quantise():
        wanted -= {"int8"}
    if not wanted:
        progress("auto is f32: this processor has no faster precision")
        return f32, "f32"
    if folder is None and is_compared(f32, wanted):
        chosen = f32.precisions.get("chosen", "")
        there = quantised_from(f32, store) if chosen == "int8" else f32
        if chosen and there:
            return there, cast(Precision, chosen)
    photographs = photographs_of(f32, folder, progress)
    if photographs is None:
        progress(
            f"auto is f32 for now: whether {' and '.join(sorted(wanted))} would change answers is "
            f"measured on photographs, with --calibrate FOLDER or once people have sent "
            f"{calibration.ENOUGH} that may improve the service"
        )
        return f32, "f32"
    comparison = Comparison(f32, store, photographs)
    if "bf16" in wanted:
        comparison.measure("bf16", comparison.folder, progress)
    if "int8" in wanted:
        try:
            int8_model = comparison.quantised(LEAST_AGREEMENT, progress)
        except PrecisionRefused as refused:
            progress(str(refused))
    chosen = fastest_of(comparison.said)
    said = {**comparison.said, "chosen": chosen}
    progress(f"auto is {chosen}, {said['images_per_second'][chosen]} images/s on this machine")
    f32 = described(f32, store, said)
    return (described(int8_model, store, said) if chosen == "int8" else f32), chosen


def fastest_of(said: dict[str, Any]) -> Precision:
    """Of those that give enough of f32's answers; said: see `Comparison`."""
    speeds: dict[Precision, float] = {
        precision: speed
        for precision, speed in said["images_per_second"].items()
        if said["agreement"].get(precision, 1) >= LEAST_AGREEMENT
    }
    return max(speeds, key=speeds.__getitem__)


def photographs_of(f32: Manifest, folder: Path | None, progress: Progress) -> Pictures | None:
    """None: no folder is given, and the server has few pictures."""
    recipe = RECIPES[f32.recipe]
    if folder is not None:
        return calibration.of_folder(folder, recipe, progress)
    return calibration.of_server(recipe, progress)


def is_compared(f32: Manifest, precisions: set[str]) -> bool:
    """Whether the manifest says how these compare on this processor."""
    said = f32.precisions
    return said.get("processor") == processor() and precisions <= set(said["agreement"])


def quantised_from(f32: Manifest, store: ModelStore) -> Manifest | None:
    """The int8 model that was made of this one last."""
    for manifest in store.versions(f32.name):
        if manifest.quantised.get("from") == f32.version and store.is_intact(manifest):
            return manifest
    return None


def described(manifest: Manifest, store: ModelStore, said: dict[str, object]) -> Manifest:
    manifest = replace(manifest, precisions=said)
    store.describe(manifest)
    return manifest
