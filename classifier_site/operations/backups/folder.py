"""Backups in a folder of this machine, as snapshot.py says, and `incomplete/`: what is written now.

A name appears when all of its content is on the disk, and never changes its content afterwards, so
that tools like rsync and rclone copy the folder while it is in use, and of later backups what is
new.
"""

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from classifier_site.operations.backups.errors import BackupError
from classifier_site.operations.backups.sealing import Sealer
from classifier_site.operations.backups.snapshot import (
    NAME,
    OBJECTS,
    Added,
    Hashed,
    lines,
    private,
)
from foundation.storage.disk import sync


class BackupFolder:
    """Implements `Place`."""

    def __init__(self, root: Path) -> None:
        self.root, self.complete = root, root / "snapshots"
        self.objects, self.incomplete = root / "objects", root / "incomplete"

    def prepare(self) -> None:
        if self.root.exists() and not self.is_one() and any(self.root.iterdir()):
            raise BackupError(f"{self.root} holds other files: name an empty folder, or a new one.")
        for folder in (self.root, self.objects, self.complete, self.incomplete):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def is_one(self) -> bool:
        return self.complete.is_dir() and self.objects.is_dir()

    @contextmanager
    def locked(self, *, alone: bool) -> Iterator[None]:
        descriptor = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
            yield
        except BlockingIOError:
            raise BackupError(f"{self.root} is in use by another backup or restore.") from None
        finally:
            os.close(descriptor)

    def snapshots(self) -> list[str]:
        return sorted((path.name for path in self.complete.glob("[0-9]*T*Z")), reverse=True)

    def next_time(self) -> datetime:
        while (self.complete / (now := datetime.now(UTC)).strftime(NAME)).exists():
            time.sleep(0.1)
        return now

    @contextmanager
    def files_of(self, snapshot: str) -> Iterator[Path]:
        yield self.complete / snapshot

    def where(self, snapshot: str) -> str:
        return str(self.complete / snapshot)

    def where_object(self, name: str) -> str:
        return str(self.object(name))

    def object(self, name: str) -> Path:
        return self.objects / name[:2] / name

    def has(self, name: str) -> bool:
        return self.object(name).exists()

    def open(self, name: str) -> BinaryIO:
        return self.object(name).open("rb")

    def add(self, source: BinaryIO, sealer: Sealer) -> Added:
        hashed, part = Hashed(source), self.incomplete / "object"
        with private(part) as target:
            sealer.write(hashed, target)
            written = target.tell()
        sync(part)
        name = sealer.name(hashed.sha256.hexdigest())
        self.object(name).parent.mkdir(mode=0o700, exist_ok=True)
        part.rename(self.object(name))
        return Added(name, hashed.sha256.hexdigest(), hashed.size, written)

    @contextmanager
    def new_snapshot(self, made_at: datetime) -> Iterator[Path]:
        for left_by_a_killed_run in self.incomplete.iterdir():
            remove(left_by_a_killed_run)
        final = self.complete / made_at.strftime(NAME)
        workshop = self.incomplete / final.name
        workshop.mkdir(mode=0o700)
        try:
            yield workshop
            for path in (*workshop.iterdir(), *self.objects.iterdir(), self.objects, workshop):
                sync(path)
            workshop.rename(final)
            sync(final.parent)
        finally:
            shutil.rmtree(workshop, ignore_errors=True)

    def keep(self, number: int) -> int:
        old = self.snapshots()[number:]
        for snapshot in old:
            going = self.incomplete / snapshot
            (self.complete / snapshot).rename(going)  # never half of it
            remove(going)
        if old:
            needed = set(self.needed())
            for path in self.objects.glob("??/*"):
                if path.name not in needed:
                    path.unlink()
        return len(old)

    def needed(self) -> Iterator[str]:
        """The objects of all snapshots. Raises BackupError and OSError."""
        for snapshot in self.snapshots():
            path = self.complete / snapshot / OBJECTS
            with path.open("rb") as file:
                yield from lines(file, str(path))


def remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
