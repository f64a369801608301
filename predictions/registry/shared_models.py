"""Model versions in the bucket of the pictures, from which each machine fetches what it lacks.

`models/NAME/VERSION/` has `manifest.json` and the files that it names, each with its SHA-256 before
its name. So no object is ever replaced by another content, and one that is there is the right one:
of two machines that make the same version at once, the manifest written last tells its own files.
"""

import hashlib
import logging
import re
from pathlib import Path
from typing import IO, TYPE_CHECKING

from django.core.files import File
from django.core.files.base import ContentFile

from predictions.inference.store import MANIFEST_FILE, Manifest

if TYPE_CHECKING:
    from foundation.storage.s3 import Objects

logger = logging.getLogger(__name__)

FOLDER = "models"  # in the bucket, beside those of pictures
SAFE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")  # as a part of a path
PIECE = 1 << 20  # bytes in memory of a file that is copied


class SharedModels:
    """Implements `inference.sharing.Shared`."""

    def __init__(self, objects: "Objects") -> None:
        self.objects = objects

    def __str__(self) -> str:
        return f"{self.objects.at}/{FOLDER}"

    def fetch(self, name: str, version: str, folder: Path) -> Manifest:
        manifest = self.manifest(name, version)
        for file, sha256 in manifest.files.items():
            with self.open(manifest, file) as source, (folder / file).open("wb") as target:
                if copied(source, target) != sha256:
                    raise OSError(f"{file} is damaged there: its hash is not that of its name")
        return manifest

    def manifest(self, name: str, version: str) -> Manifest:
        with self.objects.open(f"{place(name, version)}/{MANIFEST_FILE}") as file:
            content = file.read()
        try:
            manifest = Manifest.parse(content)
            is_safe = all(map(SAFE_NAME.fullmatch, [name, version, *manifest.files]))
        except (AttributeError, TypeError, ValueError) as error:
            raise OSError(f"its manifest is none of this service's: {error}") from error
        if not is_safe or (manifest.name, manifest.version) != (name, version):
            raise OSError("its manifest is that of another model, or has names that are not safe")
        return manifest

    def open(self, manifest: Manifest, file: str) -> File:
        """One of its files, read as it comes. Raises OSError."""
        return self.objects.open(key(manifest, file))

    def publish(self, manifest: Manifest, folder: Path) -> None:
        missing = self.missing(manifest)
        for file in manifest.files:
            if (name := key(manifest, file)) in missing:
                with (folder / file).open("rb") as content:
                    self.objects.replace(name, File(content))
        if missing:
            self.describe(manifest)

    def describe(self, manifest: Manifest) -> None:
        self.objects.replace(manifest_key(manifest), ContentFile(manifest.content()))

    def has(self, manifest: Manifest) -> bool:
        return not self.missing(manifest)

    def missing(self, manifest: Manifest) -> set[str]:
        """The names of what is not stored. Raises OSError."""
        wanted = {manifest_key(manifest), *(key(manifest, file) for file in manifest.files)}
        return wanted - self.names(manifest.name, manifest.version)

    def versions(self, name: str) -> list[Manifest]:
        """Without those that cannot be read: another release has perhaps written them."""
        found = []
        folders, _files = self.objects.listdir(f"{FOLDER}/{name}")
        for version in folders:
            try:
                found.append(self.manifest(name, version))
            except OSError as error:
                logger.warning("%s %s in %s is left out: %s", name, version, self, error)
        return found

    def places(self) -> set[tuple[str, str]]:
        manifests = [
            name.split("/")
            for name in self.objects.names(FOLDER)
            if name.endswith(f"/{MANIFEST_FILE}")
        ]
        return {(parts[1], parts[2]) for parts in manifests}

    def delete(self, name: str, version: str) -> None:
        """The manifest first, so that nobody begins to fetch it."""
        for each in sorted(
            self.names(name, version), key=lambda each: not each.endswith(f"/{MANIFEST_FILE}")
        ):
            self.objects.delete(each)

    def names(self, name: str, version: str) -> set[str]:
        """Of the objects of a version. Raises OSError."""
        where = place(name, version)
        _folders, files = self.objects.listdir(where)
        return {f"{where}/{file}" for file in files}


def place(name: str, version: str) -> str:
    return f"{FOLDER}/{name}/{version}"


def key(manifest: Manifest, file: str) -> str:
    """How a file of a version is called in the bucket."""
    return f"{place(manifest.name, manifest.version)}/{manifest.files[file]}-{file}"


def manifest_key(manifest: Manifest) -> str:
    return f"{place(manifest.name, manifest.version)}/{MANIFEST_FILE}"


def copied(source: IO[bytes], target: IO[bytes]) -> str:
    """The SHA-256 of what was copied."""
    hashed = hashlib.sha256()
    while piece := source.read(PIECE):
        hashed.update(piece)
        target.write(piece)
    return hashed.hexdigest()
