"""Photographs for benchmarks: somebody's folder of them, or synthetic ones of the same weight."""

import io
import struct
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageChops, ImageFilter, ImageOps

SIZE = (500, 375)  # pixels; with quality 90 and this noise about 100 kB, as ImageNet's photographs
PHONE_SIZE = (4000, 3000)
# Standard deviation of the brightness, in levels: what phones leave of their sensor's noise by day.
# Photographs without it would be a quarter of a phone's files, and quicker to decode.
GRAIN = 4
PHONE_QUALITY = 90
ENDINGS = {".jpg", ".jpeg", ".png", ".webp", ".gif"}


class Photograph(NamedTuple):
    """label: the number of its class; -1 if nobody knows. group: where it comes from."""

    content: bytes
    label: int
    group: str


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


def files_in(folder: Path) -> list[Path]:
    """Every picture of a folder and those below it, in the order of their names."""
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS)


def from_folder(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in files_in(folder)]


def as_from_a_phone(picture: Image.Image, seed: int) -> bytes:
    """A view of a photograph as a phone would have taken it: a JPEG of 12 megapixels.

    A part of it, nine tenths to all of the largest that has four to three, or three to four, is
    enlarged (Lanczos), sometimes mirrored, and gets a sensor's grain. Smaller photographs have no
    detail for so many pixels; grain stands for it.
    """
    random = np.random.default_rng(seed)
    size = PHONE_SIZE if picture.width >= picture.height else PHONE_SIZE[::-1]
    shape = size[0] / size[1]
    width = min(picture.width, picture.height * shape) * random.uniform(0.9, 1)
    height = width / shape
    left = random.uniform(0, picture.width - width)
    top = random.uniform(0, picture.height - height)
    box = (left, top, left + width, top + height)
    view = picture.convert("RGB").resize(size, Image.Resampling.LANCZOS, box)
    if random.integers(2):
        view = ImageOps.mirror(view)
    offset = (int(random.integers(size[0])), int(random.integers(size[1])))
    brighter, darker = (ImageChops.offset(part, *offset) for part in grain(size))
    content = io.BytesIO()
    ImageChops.subtract(ImageChops.add(view, brighter), darker).save(
        content, "JPEG", quality=PHONE_QUALITY
    )
    return content.getvalue()


@cache
def grain(size: tuple[int, int]) -> tuple[Image.Image, Image.Image]:
    """Levels to add and to subtract. Neighbours are alike, as after a phone's processing."""
    random = np.random.default_rng(12)
    width, height = size
    noise = random.normal(128, 1, (height // 2, width // 2)).astype(np.float32)
    wide = np.asarray(Image.fromarray(noise).resize(size, Image.Resampling.BICUBIC)) - 128
    mixed = wide + random.normal(0, 0.5, (height, width)).astype(np.float32)
    levels = (mixed * (GRAIN / mixed.std())).round()
    brighter, darker = (
        Image.fromarray(part.clip(0, 255).astype(np.uint8)).convert("RGB")
        for part in (levels, -levels)
    )
    return brighter, darker


def another(jpeg: bytes, number: int) -> bytes:
    """The same picture in a file that is another one: with a comment of the number."""
    return jpeg[:2] + b"\xff\xfe" + struct.pack(">HI", 6, number) + jpeg[2:]
