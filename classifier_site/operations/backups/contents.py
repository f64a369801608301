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

from predictions.inference.store import MANIFEST_FILE, Manifest
from predictions.models import Image
from predictions.pictures import thumbnails
from predictions.registry.model_store import shared_models
from predictions.registry.shared_models import SharedModels, key, manifest_key

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


@dataclass(frozen=True)
class OfBucket(Named):
    """A file of a model that other machines have shared and this one lacks."""

    key: str = ""

    def open(self) -> Any:
        return default_storage.open(self.key)


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
    """Every file of the versions. What begins with a dot is work in progress.

    Raises OSError: what other machines have shared is not known.
    """
    root: Path = settings.MODEL_STORE
    here = set()
    for path in sorted(root.glob("[!.]*/[!.]*/**/*")):
        name = path.relative_to(root)
        if path.is_file() and name.parts[0] != "downloads":
            here.add(name.parts[:2])
            yield Named(MODELS, name.as_posix())
    if shared := shared_models():
        for place in sorted(shared.places() - here):
            yield from of_bucket(shared, shared.manifest(*place))


def of_bucket(shared: SharedModels, manifest: Manifest) -> Iterator[Named]:
    where = f"{manifest.name}/{manifest.version}"
    yield OfBucket(MODELS, f"{where}/{MANIFEST_FILE}", key=manifest_key(manifest))
    for file in manifest.files:
        yield OfBucket(MODELS, f"{where}/{file}", key=key(manifest, file))
