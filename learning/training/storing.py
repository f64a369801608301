"""A tuned network becomes a version in the store."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any

import numpy as np

from learning.training.stages import Stages
from predictions.inference.export import export_model
from predictions.inference.label_files import LABELS_FILE, write_labels
from predictions.inference.labels import Label, digest
from predictions.inference.preprocessing import RECIPES
from predictions.inference.progress import Progress
from predictions.inference.store import Manifest, ModelStore, now
from predictions.inference.weights import file_hash


def stored(
    stages: Stages,
    backbone: Manifest,
    store: ModelStore,
    labels: Sequence[Label],
    name: str,
    title: str,
    training: dict[str, Any],
    progress: Progress,
) -> Manifest:
    """Its version is the beginning of the hash of what was learnt.

    Raises `ParityError` and what `progress` raises; then nothing is stored.
    """
    hashed = hashlib.sha256(f"{backbone.version} {digest(labels)}".encode())
    for array in stages.weights:
        hashed.update(np.ascontiguousarray(array, "<f4").tobytes())
    sha256 = hashed.hexdigest()

    def write(folder: Path) -> Manifest:
        parity = export_model(stages.model, title, RECIPES[backbone.recipe], folder, progress)
        write_labels(labels, folder)
        files = {path.name: file_hash(path, "sha256") for path in sorted(folder.iterdir())}
        return replace(
            backbone,
            name=name,
            version=sha256[:8],
            title=title,
            source=f"tuned from {backbone.name} {backbone.version}",
            weights_sha256=sha256,
            files=files,
            labels={"name": name, "sha256": files[LABELS_FILE]},
            classes=len(labels),
            precision="f32",
            parity=parity,
            keras_version=installed_version("keras"),
            openvino_version=installed_version("openvino"),
            prepared_at=now(),
            training=training,
            precisions={},
        )

    return store.add(name, sha256[:8], write)
