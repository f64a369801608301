"""Linear heads: what makes probabilities of the pooled features of a network that others use too.

A head is a small file, and its part of a picture's time is one small product, so any
number of them can answer for one run of their backbone.
"""

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from predictions.inference.errors import ModelNotPrepared
from predictions.inference.label_files import LABELS_FILE, write_labels
from predictions.inference.labels import Label, digest
from predictions.inference.store import Manifest, ModelStore, now
from predictions.inference.weights import file_hash

HEAD_FILE = "head.npz"


@dataclass(frozen=True)
class Rejection:
    """Says how little a picture is like those a head was taught with: "none of these".

    A picture's distance is the squared Mahalanobis distance of its normalised features to the
    nearest mean of M classes, with one covariance for all, shrunk towards a sphere: what lies along
    `directions` counts less. Nothing in here is a single picture's.

    means: float32 (M, D), of the classes that are not "none of these".
    directions: float32 (D, R).
    weight, threshold, softness: float32 (), in units of the distance. What is compared with the
        threshold is distance - weight * log(p), p being the lead of the largest probability over
        that of a "none of these" that was taught: an unsure answer is rejected sooner. Around the
        threshold the probability of "none of these" rises within a few times the softness.
    """

    means: np.ndarray
    directions: np.ndarray
    weight: np.ndarray | np.floating[Any]
    threshold: np.ndarray | np.floating[Any]
    softness: np.ndarray | np.floating[Any]

    def distances(self, normalised: np.ndarray) -> np.ndarray:
        """Float32 (N,) of normalised features, float32 (N, D)."""
        along, means_along = normalised @ self.directions, self.means @ self.directions
        squares = _squared_distances(normalised, self.means)
        within = _squared_distances(along, means_along)
        nearest: np.ndarray = (squares - within).min(axis=1)
        return nearest

    def combine(self, scores: np.ndarray, distances: np.ndarray) -> np.ndarray:
        """Float32 (N, M + 1): probabilities of which the last is that of none of these.

        scores: float32 (N, M), or (N, M + 1) where "none of these" is a class that was taught.
        distances: float32 (N,), of the same pictures.
        """
        known = scores[:, : len(self.means)]
        taught = scores[:, len(self.means) :].sum(axis=1)
        strangeness = distances - self.weight * np.log(lead(known, taught))
        # 1 - sigmoid, which overflows nowhere.
        kept = 0.5 - 0.5 * np.tanh((strangeness - self.threshold) / self.softness / 2)
        none = taught * kept + (1 - kept)
        return np.column_stack([known * kept[:, None], none]).astype(np.float32)


@dataclass(frozen=True)
class Head:
    """Softmax regression: weights float32 (D, C), bias float32 (C,).

    roots: it reads the roots of the features, scaled to length 1, instead of the features.
    rejection: what makes "none of these", the last class; see `Rejection.combine`.
    """

    weights: np.ndarray
    bias: np.ndarray
    roots: bool = False
    rejection: Rejection | None = None

    @property
    def classes(self) -> int:
        """How many probabilities it gives."""
        return len(self.bias) if self.rejection is None else len(self.rejection.means) + 1

    def probabilities(self, features: np.ndarray) -> np.ndarray:
        """Float32 (N, classes) of features, float32 (N, D)."""
        read = normalised(features) if self.roots else features
        logits = read @ self.weights + self.bias
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        scores: np.ndarray = powers / powers.sum(axis=1, keepdims=True)
        if self.rejection is None:
            return scores
        return self.rejection.combine(scores, self.rejection.distances(read))

    def version(self, backbone: str, labels: Sequence[Label]) -> str:
        """What tells this head from others: eight hexadecimal digits."""
        hashed = hashlib.sha256(f"{backbone} {digest(labels)}".encode())
        for name, array in self.arrays().items():
            if name not in ("weights", "bias"):
                hashed.update(name.encode())
            hashed.update(np.ascontiguousarray(array, "<f4").tobytes())
        return hashed.hexdigest()[:8]

    def write(self, folder: Path) -> None:
        # NumPy's types think that an array could be named allow_pickle.
        np.savez(folder / HEAD_FILE, **self.arrays())  # type: ignore[arg-type]

    @classmethod
    def read(cls, folder: Path) -> "Head":
        """Raises ModelNotPrepared if there is none."""
        try:
            with (
                (folder / HEAD_FILE).open("rb") as file,  # np.load leaves a damaged one open
                np.load(file, allow_pickle=False) as arrays,
            ):
                rejection = None
                if "means" in arrays:
                    rejection = Rejection(**{name: arrays[name] for name in _REJECTION})
                return cls(arrays["weights"], arrays["bias"], "roots" in arrays, rejection)
        except (OSError, EOFError, KeyError, ValueError, BadZipFile, zlib.error) as error:
            raise ModelNotPrepared(f"No readable head in {folder}.") from error

    def arrays(self) -> dict[str, np.ndarray]:
        """Those of its file. A head of weights and bias alone is written as it has always been."""
        arrays = {"weights": self.weights, "bias": self.bias}
        if self.roots:
            arrays["roots"] = np.ones((), np.float32)
        if self.rejection is not None:
            arrays |= {name: getattr(self.rejection, name) for name in _REJECTION}
        return arrays


_REJECTION = [field.name for field in fields(Rejection)]


def normalised(features: np.ndarray) -> np.ndarray:
    """Roots of features, with their signs, scaled to length 1; of the shape (…, D) given.

    As "power normalisation": Perronnin, Sanchez and Mensink, ECCV 2010.
    """
    roots = np.sign(features) * np.sqrt(np.abs(features))
    lengths = np.linalg.norm(roots, axis=-1, keepdims=True)
    unit: np.ndarray = roots / np.maximum(lengths, np.finfo(np.float32).tiny)
    return unit


def lead(known: np.ndarray, taught: np.ndarray) -> np.ndarray:
    """By how much the largest of known, (N, M), exceeds taught, (N,); at least a millionth."""
    larger: np.ndarray = np.maximum(known.max(axis=1) - taught, 1e-6)
    return larger


def _squared_distances(points: np.ndarray, means: np.ndarray) -> np.ndarray:
    """(N, M), of points (N, D) to means (M, D)."""
    lengths = (points**2).sum(axis=1)[:, None] + (means**2).sum(axis=1)
    squares: np.ndarray = lengths - 2 * points @ means.T
    return squares


def add_head(
    store: ModelStore,
    name: str,
    title: str,
    backbone: Manifest,
    head: Head,
    labels: Sequence[Label],
    training: dict[str, Any] | None = None,
) -> Manifest:
    """Stores a version whose probabilities a head makes of another version's features.

    A version that is there and intact is returned at once.
    training: what the manifest is to say of how the head was learnt.
    Raises ValueError when the head fits neither the backbone's features nor the labels.
    """
    if (len(head.weights), head.classes) != (backbone.feature_size, len(labels)):
        raise ValueError(
            f"A head of {len(head.weights)} features and {head.classes} classes does not lead from "
            f"{backbone.feature_size} features to {len(labels)} labels."
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
            training=training or {},
            precisions={},  # were those of the backbone's own answers
        )

    return store.add(name, version, write)
