"""Photographs for benchmarks: somebody's folder of them, or synthetic ones of the same weight."""

import io
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

SIZE = (470, 390)  # pixels; with quality 90 and this noise about 108 kB, as ImageNet's photographs
ENDINGS = {".jpg", ".jpeg", ".png", ".webp", ".gif"}


def synthetic(count: int, first: int = 0) -> list[bytes]:
    """Different JPEGs, the same for the same numbers: shapes, gradients and grain."""
    return [draw(seed) for seed in range(first, first + count)]


def draw(seed: int) -> bytes:
    random = np.random.default_rng(seed)
    width, height = SIZE
    coarse = random.integers(0, 256, (8, 10, 3), dtype=np.uint8)
    picture = Image.fromarray(coarse).resize(SIZE, Image.Resampling.BICUBIC)
    fine = random.integers(0, 256, (height // 3, width // 3, 3), dtype=np.uint8)
    texture = Image.fromarray(fine).resize(SIZE, Image.Resampling.BILINEAR)
    picture = Image.blend(picture, texture, 0.5).filter(ImageFilter.UnsharpMask(1, 60))
    content = io.BytesIO()
    picture.save(content, "JPEG", quality=90)
    return content.getvalue()


def from_folder(folder: Path) -> list[bytes]:
    """Every picture of a folder, in the order of their names."""
    return [
        path.read_bytes() for path in sorted(folder.iterdir()) if path.suffix.lower() in ENDINGS
    ]
