"""What is found as similar: photographs of the same class, and copies.

    python -m benchmarks.alike FOLDER

FOLDER has a folder of photographs for each class. Prints how many of the five nearest of each are
of the same class, how alike the most alike of different ones are, and how often a copy that was
changed and saved again finds its original first. The features are those of EfficientNet-Lite0, from
the model store of `make run`.
"""

import argparse
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from benchmarks.learning import bundled
from benchmarks.pictures import from_folder
from predictions.inference.engines import Engine
from predictions.inference.pictures import open_image

COPIES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "half the width": lambda picture: ImageOps.scale(picture, 0.5),
    "three quarters of the width": lambda picture: ImageOps.scale(picture, 0.75),
    "twice the width": lambda picture: ImageOps.scale(picture, 2),
    "mirrored": ImageOps.mirror,
    "cut by a twentieth at each edge": lambda picture: ImageOps.crop(picture, picture.width // 20),
}
NEAREST = 5
NEAR_DUPLICATE = 0.9  # as in predictions/similar/nearest.py, which reads Django's settings


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.alike")
    parser.add_argument("folder", type=Path, help="with a folder of photographs for each class")
    folder, engine = parser.parse_args().folder, bundled()
    kinds = [path for path in sorted(folder.iterdir()) if path.is_dir()]
    photographs = [(kind.name, content) for kind in kinds for content in from_folder(kind)]
    classes = np.array([name for name, _content in photographs])
    vectors = np.stack([seen(content, engine) for _name, content in photographs])
    print(f"{len(classes)} photographs of {len(kinds)} classes")
    print_neighbours(vectors, classes)
    for name, change in COPIES.items():
        copies = [saved(change(opened(content))) for _name, content in photographs]
        print_copies(name, np.stack([seen(copy, engine) for copy in copies]) @ vectors.T)


def seen(content: bytes, engine: Engine) -> np.ndarray:
    """Float32 (D) of length 1."""
    picture = open_image(content, max_pixels=100_000_000)
    vector = engine.predict(np.stack([engine.preprocess(picture)]))[1][0]
    return vector / np.linalg.norm(vector)


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content)).convert("RGB")


def saved(picture: Image.Image) -> bytes:
    content = io.BytesIO()
    picture.save(content, "JPEG", quality=85)
    return content.getvalue()


def print_neighbours(vectors: np.ndarray, classes: np.ndarray) -> None:
    cosines = vectors @ vectors.T
    np.fill_diagonal(cosines, -1)
    same = classes[np.argsort(-cosines)[:, :NEAREST]] == classes[:, None]
    most = same.sum(axis=1) > NEAREST / 2
    print(f"of the first {NEAREST}, of the same class: {same.mean():.1%}")
    print(f"most of the first {NEAREST}: for {most.mean():.1%} of the photographs")
    print(f"the first: for {same[:, 0].mean():.1%}")
    print(f"cosine of the most alike pairs: {np.sort(cosines[np.triu_indices_from(cosines)])[-3:]}")


def print_copies(name: str, cosines: np.ndarray) -> None:
    """cosines: of each copy with each of the originals."""
    own = np.diag(cosines)
    first = (cosines.argmax(axis=1) == np.arange(len(own))).mean()
    marked = (own >= NEAR_DUPLICATE).mean()
    print(f"{name}: first {first:.1%}, marked {marked:.1%}, median cosine {np.median(own):.3f}")


if __name__ == "__main__":
    main()
