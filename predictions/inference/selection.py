"""Which model "auto" means."""

from pathlib import Path

from predictions.inference.architectures import EFFICIENTNET_LITE0, RESNET50, RESNET50_CROP
from predictions.inference.errors import WeightsUnavailable
from predictions.inference.progress import Progress, silent
from predictions.inference.store import Manifest, ModelStore

AUTO = "auto"
FALLBACK = (
    "ResNet50's weights cannot be had here, so pictures are classified by EfficientNet-Lite0; for "
    "ResNet50, set RESNET50_WEIGHTS to its weights file or give this machine network access, then "
    "run: python manage.py prepare_model resnet50 --promote"
)


def choose(
    requested: str,
    store: ModelStore,
    *,
    weights_file: Path | None = None,
    progress: Progress = silent,
) -> Manifest:
    """Prepares the model that a setting asks for and returns its manifest.

    requested: a model's name, or "auto": ResNet50 where its weights can be had (prepared before, in
    `weights_file`, or by download), otherwise EfficientNet-Lite0, and `progress` is told so in one
    sentence.
    weights_file: a file of ResNet50's weights. One that was named and is wrong is an error, not a
    reason to fall back.
    Raises what `ModelStore.prepare` raises.
    """
    if requested in (RESNET50.name, RESNET50_CROP.name):
        return store.prepare(requested, weights_file=weights_file, progress=progress)
    if requested == AUTO and weights_file is not None:
        return store.prepare(RESNET50.name, weights_file=weights_file, progress=progress)
    if requested != AUTO:
        return store.prepare(requested, progress=progress)
    for manifest in store.versions(RESNET50.name):
        if not manifest.quantised and store.is_intact(manifest):
            return manifest
    # Once it has fallen back, "auto" stays there: a start should not wait for a host that was
    # unreachable, nor change the answers because the host is back.
    if not store.versions(EFFICIENTNET_LITE0.name):
        try:
            return store.prepare(RESNET50.name, progress=progress)
        except WeightsUnavailable as unavailable:
            progress(str(unavailable))
    progress(FALLBACK)
    return store.prepare(EFFICIENTNET_LITE0.name, progress=progress)
