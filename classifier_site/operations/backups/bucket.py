"""Backups in a bucket of S3, with the same layout as in a folder.

Imported only where it is asked for, as boto3 is. A snapshot is what has its `snapshot.json`, which
is written last and deleted first; what a killed run leaves without one goes with the next run.
"""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from tempfile import SpooledTemporaryFile, TemporaryDirectory
from typing import BinaryIO, cast

from django.conf import settings
from django.core.files import File
from django.core.files.base import ContentFile

from classifier_site.operations.backups.errors import BackupError
from classifier_site.operations.backups.sealing import Sealer
from classifier_site.operations.backups.snapshot import (
    HEADER,
    IN_MEMORY,
    NAME,
    OBJECTS,
    Added,
    Hashed,
    lines,
    private,
)
from foundation.storage.address import Bucket
from foundation.storage.holding import own_transaction
from foundation.storage.lasting import StorageUnreachable
from foundation.storage.s3 import Objects

# The key of PostgreSQL's advisory lock, which whoever writes backups into a bucket has alone.
LOCK = 2_026_113_026
NOTE = "README.txt"
TEXT = b"Backups of an image classification service, made and restored with its `manage.py`.\n"


class BackupBucket:
    """Implements `Place`."""

    def __init__(self, at: Bucket) -> None:
        """Raises BackupError: it is among the pictures."""
        pictures = settings.MEDIA_BUCKET
        if pictures and is_inside(at, pictures):
            raise BackupError(
                f"{at} is where the pictures are, and a restore deletes there what its backup does "
                "not have: name another prefix or, better, another bucket."
            )
        self.at = at
        self.storage = Objects(at, connections=2, patient=True)
        self.there: set[str] = set()  # objects, while a snapshot is made

    def prepare(self) -> None:
        """Before the database is dumped: a wrong address or right is to be found at once."""
        try:
            if any(self.storage.listdir("")) and not self.is_one():
                raise BackupError(f"{self.at} holds other objects: name another prefix.")
            self.storage.replace(NOTE, ContentFile(TEXT))
        except StorageUnreachable as error:
            raise BackupError(f"Backups cannot be stored in {self.at}. {error.strerror}") from error

    def is_one(self) -> bool:
        folders, files = self.storage.listdir("")
        return NOTE in files or "snapshots" in folders

    @contextmanager
    def locked(self, *, alone: bool) -> Iterator[None]:
        """S3 has no locks, so those who write have one in the database, on whichever machine.

        Who reads has none, and says so if a backup is deleted meanwhile.
        """
        if not alone:
            yield
            return
        with own_transaction() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
            if not cursor.fetchone()[0]:
                raise BackupError("Another backup of this service is running.")
            yield

    def snapshots(self) -> list[str]:
        names = (PurePosixPath(name) for name in self.storage.names("snapshots"))
        return sorted((name.parent.name for name in names if name.name == HEADER), reverse=True)

    def next_time(self) -> datetime:
        taken = set(self.snapshots())
        while (now := datetime.now(UTC)).strftime(NAME) in taken:
            time.sleep(0.1)
        return now

    @contextmanager
    def files_of(self, snapshot: str) -> Iterator[Path]:
        with TemporaryDirectory(prefix="classifier-restore-") as folder:
            for name in self.storage.names(f"snapshots/{snapshot}"):
                path = Path(folder, PurePosixPath(name).name)
                with self.storage.open(name) as source, private(path) as target:
                    shutil.copyfileobj(source, target)
            yield Path(folder)

    def where(self, snapshot: str) -> str:
        return f"{self.at}/snapshots/{snapshot}"

    def where_object(self, name: str) -> str:
        return f"{self.at}/{self.object(name)}"

    def object(self, name: str) -> str:
        return f"objects/{name[:2]}/{name}"

    def has(self, name: str) -> bool:
        return name in self.there

    def open(self, name: str) -> BinaryIO:
        return cast(BinaryIO, self.storage.open(self.object(name)))

    def add(self, source: BinaryIO, sealer: Sealer) -> Added:
        """It goes through memory or a file: its name is only known when it has been read."""
        hashed = Hashed(source)
        with SpooledTemporaryFile(IN_MEMORY) as file:
            sealer.write(hashed, cast(BinaryIO, file))
            written, name = file.tell(), sealer.name(hashed.sha256.hexdigest())
            self.storage.replace(self.object(name), File(file))
        self.there.add(name)
        return Added(name, hashed.sha256.hexdigest(), hashed.size, written)

    @contextmanager
    def new_snapshot(self, made_at: datetime) -> Iterator[Path]:
        self.sweep()
        # One request for a thousand, instead of one for each file.
        self.there = {PurePosixPath(name).name for name in self.storage.names("objects")}
        with TemporaryDirectory(prefix="classifier-backup-") as folder:
            yield Path(folder)
            for path in sorted(Path(folder).iterdir(), key=lambda path: path.name == HEADER):
                with path.open("rb") as file:
                    name = f"snapshots/{made_at.strftime(NAME)}/{path.name}"
                    self.storage.replace(name, File(file))

    def sweep(self) -> None:
        """Deletes what killed runs have left; not whole objects, for they are used again."""
        complete = self.snapshots()
        for name in list(self.storage.names("snapshots")):
            if name.split("/")[1] not in complete:
                self.storage.delete(name)
        self.storage.clear_unfinished(datetime.now(UTC))

    def keep(self, number: int) -> int:
        old = self.snapshots()[number:]
        for snapshot in old:
            self.storage.delete(f"snapshots/{snapshot}/{HEADER}")  # never half of it
            for name in list(self.storage.names(f"snapshots/{snapshot}")):
                self.storage.delete(name)
        if old:
            needed = set(self.needed())
            for name in list(self.storage.names("objects")):
                if PurePosixPath(name).name not in needed:
                    self.storage.delete(name)
        return len(old)

    def needed(self) -> Iterator[str]:
        """The objects of all snapshots. Raises BackupError and OSError."""
        for snapshot in self.snapshots():
            name = f"snapshots/{snapshot}/{OBJECTS}"
            with self.storage.open(name) as file:
                yield from lines(cast(BinaryIO, file), f"{self.at}/{name}")


def is_inside(one: Bucket, other: Bucket) -> bool:
    same = (one.endpoint.rstrip("/"), one.name) == (other.endpoint.rstrip("/"), other.name)
    return same and f"/{one.prefix}/".startswith(f"/{other.prefix}/".replace("//", "/"))
