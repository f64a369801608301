"""Small WebP copies of pictures for the grids, each made once and kept beside the pictures."""

import io
from collections.abc import Sequence
from pathlib import PurePath
from threading import Lock

from django.conf import settings
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image as PillowImage

from foundation.storage.lasting import lasting_storage
from predictions.inference.colour import to_srgb
from predictions.inference.limits import UnreadableImage
from predictions.inference.pictures import open_image
from predictions.models import Image

WIDTHS = (240, 480)  # pixels; screens of one and of two pixels a CSS pixel
LARGE_COPY = 1600  # pixels; for reviewers, made when the first of them looks
QUALITY = 80
# Of libwebp's 0 to 6. 4, its default, takes 2.5 times as long for 5 % fewer bytes.
METHOD = 2
# Pixels. Larger pictures take hundreds of megabytes while they are decoded: the worker, which has
# them decoded anyway, makes their copies; the web process makes the others when somebody looks.
LARGE = 4_000_000
# Nobody makes large copies beforehand. A phone's camera has 12 million pixels; 16 take 128 MB, at 8
# bytes a pixel (limits.py), of one picture at a time.
LARGE_COPIED = 16_000_000


class TooLarge(Exception):
    """Only a worker decodes so large a picture."""


making = Lock()  # one at a time in a process


def thumbnail(image: Image, width: int) -> File:
    """The copy of at most this width, one of WIDTHS or LARGE_COPY, open for reading.

    Only for pictures that a worker has decoded before: what crashes a decoder ends there.

    Raises:
        FileNotFoundError: the picture is gone from the storage.
        UnreadableImage: it cannot be decoded.
        TooLarge: only a worker makes copies of it, and the disk had no room for them.
    """
    try:
        return default_storage.open(path(str(image.file), width))
    except FileNotFoundError:
        return default_storage.open(made(image, width))


def made(image: Image, width: int) -> str:
    """The name of the copy in the storage, once it is there. Raises what `thumbnail` raises."""
    name = path(str(image.file), width)
    if not default_storage.exists(name):
        with making:
            if not default_storage.exists(name):
                make(image, width)
    return name


def make(image: Image, width: int) -> None:
    if image.width * image.height > (LARGE if width in WIDTHS else LARGE_COPIED):
        raise TooLarge
    with image.file.open("rb") as file:
        picture = open_image(file.read(), max_pixels=settings.MAX_PIXELS)
    keep(str(image.file), picture, [width])
    if not default_storage.exists(str(image.file)):  # deleted meanwhile
        delete_thumbnails(str(image.file))


def keep_all(file: str, picture: PillowImage.Image) -> None:
    """The small copies; the large one, too, where browsers show nothing else of the picture."""
    keep(file, picture, WIDTHS if picture.format != "HEIF" else (*WIDTHS, LARGE_COPY))


def keep(file: str, picture: PillowImage.Image, widths: Sequence[int] = WIDTHS) -> None:
    """Makes copies of a picture of open_image, `file` being its name in the storage."""
    # What Pillow's thumbnail would do for each, after copying the whole picture.
    most = 2 * max(widths)
    factor = max(1, picture.width // most, picture.height // (2 * most))
    reduced = picture.reduce(factor) if factor > 1 else picture
    for width in widths:
        copy, small = reduced.copy(), io.BytesIO()
        # As sharp as a bicubic filter in half the time of Lanczos'.
        copy.thumbnail((width, 2 * width), PillowImage.Resampling.HAMMING)
        in_srgb = to_srgb(copy, picture.info["icc_profile"])
        in_srgb.save(small, "WEBP", quality=QUALITY, method=METHOD)
        name = path(file, width)
        lasting_storage.replace(name, ContentFile(small.getvalue()))
        lasting_storage.flush(name)


def path(file: str, width: int) -> str:
    picture = PurePath(file)
    folder = picture.parent.relative_to("images")
    return f"thumbnails/{folder}/{picture.stem}-{width}.webp"


def delete_thumbnails(file: str) -> None:
    for width in (*WIDTHS, LARGE_COPY):
        default_storage.delete(path(file, width))


__all__ = [
    "LARGE",
    "LARGE_COPY",
    "WIDTHS",
    "UnreadableImage",
    "delete_thumbnails",
    "keep",
    "keep_all",
    "made",
    "thumbnail",
]
