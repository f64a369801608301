"""Linear heads: what makes probabilities of the pooled features of a network that others use too.

A head is a file of a few kilobytes, and its part of a picture's time is one small product, so any
number of them can answer for one run of their backbone.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from predictions.inference.errors import ModelNotPrepared
from predictions.inference.label_files import LABELS_FILE, write_labels
from predictions.inference.labels import Label, digest
from predictions.inference.store import Manifest, ModelStore, now
from predictions.inference.weights import file_hash

HEAD_FILE = "head.npz"


@dataclass(frozen=True)
class Head:
    """Softmax regression: weights float32 (D, C), bias float32 (C,)."""

    weights: np.ndarray
    bias: np.ndarray

    def probabilities(self, features: np.ndarray) -> np.ndarray:
        """Float32 (N, C) of features, float32 (N, D)."""
        logits = features @ self.weights + self.bias
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        scores: np.ndarray = powers / powers.sum(axis=1, keepdims=True)
        return scores

    def version(self, backbone: str, labels: Sequence[Label]) -> str:
        """What tells this head from others: eight hexadecimal digits."""
        hashed = hashlib.sha256(f"{backbone} {digest(labels)}".encode())
        for array in (self.weights, self.bias):
            hashed.update(np.ascontiguousarray(array, "<f4").tobytes())
        return hashed.hexdigest()[:8]

    def write(self, folder: Path) -> None:
        np.savez(folder / HEAD_FILE, weights=self.weights, bias=self.bias)

    @classmethod
    def read(cls, folder: Path) -> "Head":
        """Raises ModelNotPrepared if there is none."""
        try:
            with np.load(folder / HEAD_FILE, allow_pickle=False) as arrays:
                return cls(arrays["weights"], arrays["bias"])
        except (OSError, KeyError, ValueError) as error:
            raise ModelNotPrepared(f"No readable head in {folder}.") from error


def add_head(
    store: ModelStore,
    name: str,
    title: str,
    backbone: Manifest,
    head: Head,
    labels: Sequence[Label],
) -> Manifest:
    """Stores a version whose probabilities a head makes of another version's features.

    A version that is there and intact is returned at once.
    Raises ValueError when the head fits neither the backbone's features nor the labels.
    """
    if head.weights.shape != (backbone.feature_size, len(labels)):
        raise ValueError(
            f"A head of shape {head.weights.shape} does not lead from {backbone.feature_size} "
            f"features to {len(labels)} labels."
        )
    version = head.version(backbone.version, labels)

    def write(folder: Path) -> Manifest:
        head.write(folder)
        write_labels(labels, folder)
        files = {path.name: file_hash(path, "sha256") for path in sorted(folder.iterdir())}
        return replace(
            backbone,
            name=name,
            version=version,
            title=title,
            source=f"head on {backbone.name} {backbone.version}",
            files=files,
            labels={"name": name, "sha256": files[LABELS_FILE]},
            classes=len(labels),
            backbone={"name": backbone.name, "version": backbone.version},
            prepared_at=now(),
        )

    return store.add(name, version, write)
