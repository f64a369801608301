"""Some hundred generated pictures that the demo's rows share."""

import io
from typing import NamedTuple

import numpy as np
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image as PillowImage

PICTURES = 200
WIDTH, HEIGHT = 320, 240  # pixels
QUALITY = 85


class DemoFile(NamedTuple):
    name: str  # in the storage
    size: int  # bytes


def store_pictures() -> list[DemoFile]:
    """Writes them unless they are there; the same bytes on each machine."""
    return [store_picture(number) for number in range(PICTURES)]


def store_picture(number: int) -> DemoFile:
    name = f"images/demo/{number:03}.jpeg"
    if not default_storage.exists(name):
        default_storage.save(name, ContentFile(blobs(number)))
    return DemoFile(name, default_storage.size(name))


def blobs(number: int) -> bytes:
    """A few colours that run into each other, as a JPEG."""
    colours = np.random.default_rng(number).integers(0, 256, (3, 4, 3), dtype=np.uint8)
    picture = PillowImage.fromarray(colours).resize((WIDTH, HEIGHT), PillowImage.Resampling.BICUBIC)
    content = io.BytesIO()
    picture.save(content, "JPEG", quality=QUALITY)
    return content.getvalue()
