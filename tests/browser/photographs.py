"""Photographs that tests of sending make, which conftest.py gives to all of them."""

from pathlib import Path
from typing import Any

import pytest
from PIL import ExifTags, Image, ImageOps

from tests.pictures import IMAGES


@pytest.fixture
def photograph_with_place(tmp_path: Path) -> Path:
    """A JPEG as a phone makes it: where, and with which camera."""
    exif = Image.Exif()
    exif[ExifTags.Base.Make], exif[ExifTags.Base.Model] = "Acme", "Pocket 3"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (52.0, 31.0, 12.0)
    path = tmp_path / "place.jpg"
    with Image.open(IMAGES / "rocket.jpg") as image:
        image.save(path, exif=exif)
    return path


@pytest.fixture
def large(tmp_path: Path) -> Path:
    path = tmp_path / "large.jpg"
    with Image.open(IMAGES / "coffee.png") as image:
        image.convert("RGB").resize((1800, 1200)).save(path)
    return path


@pytest.fixture(scope="package")
def dozen_pictures(tmp_path_factory: Any) -> list[Path]:
    """The three photographs, mirrored and in part, and as they are at the end."""
    folder = tmp_path_factory.mktemp("pictures")
    parts = {
        "left": lambda image: image.crop((0, 0, image.width * 3 // 4, image.height)),
        "right": lambda image: image.crop((image.width // 4, 0, image.width, image.height)),
        "mirrored": ImageOps.mirror,
    }
    photographs = [IMAGES / name for name in ("rocket.jpg", "coffee.png", "chelsea.png")]
    made = []
    for name, part in parts.items():
        for path in photographs:
            made.append(folder / f"{path.stem}-{name}{path.suffix}")
            with Image.open(path) as image:
                part(image).save(made[-1])
    return made + photographs
