"""The model store of one of several machines: what one of them adds, the others can fetch.

Each has its own folder, from which its processes load. A version is in what they share before it
is in the folder of the machine that makes it, so that no row can name one that the others lack.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import get_ident
from typing import Protocol

from predictions.inference.errors import ModelNotPrepared
from predictions.inference.progress import Progress, silent
from predictions.inference.store import MANIFEST_FILE, Manifest, ModelStore

logger = logging.getLogger(__name__)


class Shared(Protocol):
    """What the machines share, like a bucket; `str()` says where. All of it raises OSError.

    A manifest or file in it that is not as it was written is an OSError, too.
    """

    def fetch(self, name: str, version: str, folder: Path) -> Manifest:
        """Writes a version's files into a folder, each of the hash that its manifest gives.

        Raises FileNotFoundError: it does not have them.
        """

    def manifest(self, name: str, version: str) -> Manifest:
        """Raises FileNotFoundError."""

    def publish(self, manifest: Manifest, folder: Path) -> None:
        """Stores a version's files as far as they are not stored, and then its manifest."""

    def describe(self, manifest: Manifest) -> None:
        """Stores the manifest alone."""

    def has(self, manifest: Manifest) -> bool:
        """Whether all of these files are stored, and their manifest."""

    def versions(self, name: str) -> list[Manifest]:
        """Every readable version of a model."""

    def places(self) -> set[tuple[str, str]]:
        """Name and version of each that has a manifest, which is stored last."""

    def delete(self, name: str, version: str) -> None:
        """Nothing if it is not there."""


class SharingStore(ModelStore):
    """A `ModelStore` that fetches what it lacks, and publishes what is added to it."""

    def __init__(self, root: Path, shared: Shared) -> None:
        super().__init__(root)
        self.shared = shared
        self._held: set[tuple[int, str]] = set()  # locks, by thread and name of the model

    def at_hand(self, name: str, version: str) -> Path:
        folder = self.path(name, version)
        if not self._is_there(folder):
            with self._only_one(name, silent):
                if not self._is_there(folder):  # nobody else has fetched it meanwhile
                    self._fetch(name, version)
        return folder

    def versions(self, name: str) -> list[Manifest]:
        """Those of all machines; while these cannot be asked, the ones here."""
        here = super().versions(name)
        known = {manifest.version for manifest in here}
        try:
            elsewhere = [each for each in self.shared.versions(name) if each.version not in known]
        except OSError as error:
            logger.warning("Which versions of %s other machines have is unknown: %s", name, error)
            elsewhere = []
        return sorted(here + elsewhere, key=lambda manifest: manifest.prepared_at, reverse=True)

    def is_intact(self, manifest: Manifest) -> bool:
        """After fetching it, if it is missing or damaged here."""
        if super().is_intact(manifest):
            return True
        try:
            if not self.shared.has(manifest):
                return False
            with self._only_one(manifest.name, silent):
                self._fetch(manifest.name, manifest.version)
        except (ModelNotPrepared, OSError) as error:
            logger.error("%s %s was not fetched: %s", manifest.name, manifest.version, error)
            return False
        return super().is_intact(manifest)

    def can_be_had(self, manifest: Manifest) -> bool:
        """Without fetching it: a site has perhaps no room for models that it does not load."""
        if not self._has_files(manifest) and not self.shared.has(manifest):
            return False
        if not manifest.backbone:
            return True
        folder = self.path(**manifest.backbone)
        try:
            backbone = (
                Manifest.read(folder)
                if folder.exists()
                else self.shared.manifest(**manifest.backbone)
            )
        except (FileNotFoundError, ModelNotPrepared):
            return False
        return self.can_be_had(backbone)

    def prepare(
        self, name: str, *, weights_file: Path | None = None, progress: Progress = silent
    ) -> Manifest:
        manifest = super().prepare(name, weights_file=weights_file, progress=progress)
        try:
            self.share(manifest)
        except OSError as error:  # it is ready here
            progress(f"Other machines cannot fetch {name} {manifest.version} yet: {error}")
        return manifest

    def share(self, manifest: Manifest) -> None:
        """Publishes a version that is here. Raises OSError."""
        self.shared.publish(manifest, self.path(manifest.name, manifest.version))

    def describe(self, manifest: Manifest) -> None:
        super().describe(manifest)
        self.shared.describe(manifest)

    def delete(self, name: str, version: str) -> None:
        super().delete(name, version)
        self.shared.delete(name, version)

    def forget(self, name: str, version: str) -> None:
        """Deletes the copy of this machine. Raises OSError."""
        super().delete(name, version)

    def _intact(self, name: str, version: str) -> Manifest | None:
        """Published, too: a process may have been killed before it came to that."""
        manifest = super()._intact(name, version)
        if manifest:
            self.share(manifest)
        return manifest

    def _write(self, name: str, write: Callable[[Path], Manifest]) -> Manifest:
        def write_and_publish(workshop: Path) -> Manifest:
            manifest = write(workshop)
            self.shared.publish(manifest, workshop)
            return manifest

        return super()._write(name, write_and_publish)

    def _fetch(self, name: str, version: str) -> None:
        """Raises ModelNotPrepared, from an OSError that says whether it helps to try again."""
        logger.info("Fetching %s %s from %s", name, version, self.shared)
        try:
            super()._write(name, lambda workshop: self.shared.fetch(name, version, workshop))
        except FileNotFoundError as error:
            raise ModelNotPrepared(
                f"{name} {version} is neither on this machine nor in {self.shared}. On a machine "
                "that has it, run: python manage.py models share"
            ) from error
        except OSError as error:
            raise ModelNotPrepared(
                f"{name} {version} is not on this machine, and cannot be fetched from "
                f"{self.shared}: {error}"
            ) from error

    @contextmanager
    def _only_one(self, name: str, progress: Progress) -> Iterator[None]:
        """A thread that has the lock may fetch: `flock` would let it wait for itself."""
        holder = get_ident(), name
        if holder in self._held:
            yield
            return
        with super()._only_one(name, progress):
            self._held.add(holder)
            try:
                yield
            finally:
                self._held.discard(holder)

    @staticmethod
    def _is_there(folder: Path) -> bool:
        return (folder / MANIFEST_FILE).is_file()
