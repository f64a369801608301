"""What belongs in a backup beside the database: files that rows name, and models."""

from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models import FileField

from predictions.models import Image
from predictions.pictures import thumbnails

MEDIA, MODELS = "media", "models"


@dataclass(frozen=True)
class Named:
    """A file, by its name in its area, and its SHA-256 and bytes where the database knows them."""

    area: str
    name: str
    sha256: str = ""
    size: int | None = None

    def open(self) -> BufferedReader:
        """Raises OSError."""
        file: Any
        if self.area == MEDIA:
            file = default_storage.open(self.name)
        else:
            file = (settings.MODEL_STORE / self.name).open("rb")
        return file


def files_of_rows() -> Iterator[Named]:
    """Those that live shortest first; the pictures last, whose deletion waits for the backup."""
    for model in apps.get_models():
        names = [field.name for field in model._meta.fields if isinstance(field, FileField)]
        for field in names if model is not Image else ():
            rows = model._base_manager.exclude(**{field: ""}).values_list(field, flat=True)
            yield from (Named(MEDIA, name) for name in rows.iterator())
    there = Image._base_manager.filter(file_deleted_at=None)
    pictures = there.order_by().values_list("file", "sha256", "size")
    for name, sha256, size in pictures.iterator(chunk_size=10_000):
        yield Named(MEDIA, name, sha256, size)


def copies(picture: Named) -> Iterator[Named]:
    """The small copies that there are of a picture: of a large one, only workers make them."""
    for width in (*thumbnails.WIDTHS, thumbnails.LARGE_COPY):
        name = thumbnails.path(picture.name, width)
        if default_storage.exists(name):
            yield Named(MEDIA, name)


def models() -> Iterator[Named]:
    """Every file of the versions. What begins with a dot is work in progress."""
    root: Path = settings.MODEL_STORE
    for path in sorted(root.glob("[!.]*/[!.]*/**/*")):
        name = path.relative_to(root)
        if path.is_file() and name.parts[0] != "downloads":
            yield Named(MODELS, name.as_posix())
