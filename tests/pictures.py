"""Pictures for tests: the photographs in images/, and small ones made on the spot."""

import io
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from predictions.pictures.uploads import PictureUpload, PictureUploadHandler

IMAGES = Path(__file__).parent / "images"


def photograph(name: str = "coffee.png") -> SimpleUploadedFile:
    """A photograph as a file part of a request."""
    return SimpleUploadedFile(name, (IMAGES / name).read_bytes())


def picture(colour: Any = "red", name: str = "red.png", size: tuple[int, int] = (32, 24)) -> Any:
    """A small picture of one colour, in the format of its name's ending."""
    content = io.BytesIO()
    kind = {"jpg": "JPEG"}.get(name.rpartition(".")[2], name.rpartition(".")[2].upper())
    Image.new("RGB", size, colour).save(content, kind)
    return SimpleUploadedFile(name, content.getvalue())


def upload(name: str = "coffee.png") -> PictureUpload:
    """A photograph as the upload handler hands it to services.py."""
    content = (IMAGES / name).read_bytes()
    handler = PictureUploadHandler()
    handler.new_file("file", name, "application/octet-stream", len(content))
    handler.receive_data_chunk(content, 0)
    return handler.file_complete(len(content))


def shades(count: int, red: int = 0) -> list[Any]:
    """So many pictures, each of another colour."""
    return [picture((red, shade, 99), f"{shade}.png") for shade in range(count)]
