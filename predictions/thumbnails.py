"""Small WebP copies of pictures for the grids, each made once and kept beside the pictures."""

import io
from threading import Lock

from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image as PillowImage

from predictions.inference.pictures import UnreadableImage, open_image
from predictions.models import Image

WIDTHS = (240, 480)  # pixels; screens of one and of two pixels a CSS pixel
QUALITY = 80

# One at a time: a picture of 50 megapixels takes 150 MB while it is decoded.
making = Lock()


def thumbnail(image: Image, width: int) -> File:
    """The copy of at most this width, open for reading.

    Only for pictures that a worker has decoded before: what crashes a decoder ends there.

    Raises:
        FileNotFoundError: the picture is gone from the storage.
        UnreadableImage
    """
    name = path(image, width)
    try:
        return default_storage.open(name)
    except FileNotFoundError:
        with making:
            if not default_storage.exists(name):
                default_storage.save(name, ContentFile(make(image, width)))
        return default_storage.open(name)


def make(image: Image, width: int) -> bytes:
    with image.file.open("rb") as file:
        picture = open_image(file.read(), around=2 * width)
    picture.thumbnail((width, 2 * width), PillowImage.Resampling.LANCZOS)
    small = io.BytesIO()
    picture.save(small, "WEBP", quality=QUALITY)
    return small.getvalue()


def path(image: Image, width: int) -> str:
    return f"thumbnails/{image.md5[:2]}/{image.md5}-{width}.webp"


def delete_thumbnails(image: Image) -> None:
    for width in WIDTHS:
        default_storage.delete(path(image, width))


__all__ = ["WIDTHS", "UnreadableImage", "delete_thumbnails", "thumbnail"]
