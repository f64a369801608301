"""Backups are in a folder of this machine or in a bucket of S3; here is what is asked of either."""

import re
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Protocol

from classifier_site.operations.backups.errors import BackupError
from classifier_site.operations.backups.folder import BackupFolder
from classifier_site.operations.backups.sealing import Sealer
from classifier_site.operations.backups.snapshot import Added
from foundation.storage.address import Bucket, bucket_at

Address = Path | Bucket
SNAPSHOT = re.compile(r"\d{8}T\d{6}Z", re.ASCII)  # of snapshot.NAME


class Place(Protocol):
    """Its layout is in snapshot.py. Names are those of snapshots and objects.

    All of it raises BackupError, with a sentence for people, and OSError.
    """

    def prepare(self) -> None:
        """Makes an empty place one of backups; refuses what holds other files."""

    def is_one(self) -> bool:
        """Whether there are backups, or were meant to be."""

    def locked(self, *, alone: bool) -> AbstractContextManager[None]:
        """For a `with` block: alone to write, with others to read."""

    def next_time(self) -> datetime:
        """Now, or when no other backup has its name: names are of whole seconds."""

    def new_snapshot(self, made_at: datetime) -> AbstractContextManager[Path]:
        """A local folder to write a snapshot's files into, which then appears whole or not at all.

        made_at: of next_time.
        """

    def snapshots(self) -> list[str]:
        """Those that are complete, the latest first."""

    def files_of(self, snapshot: str) -> AbstractContextManager[Path]:
        """A local folder with a snapshot's own files, for a `with` block."""

    def has(self, name: str) -> bool:
        """Whether an object is there, while a snapshot is made."""

    def add(self, source: BinaryIO, sealer: Sealer) -> Added:
        """Writes what `source` holds as an object."""

    def open(self, name: str) -> BinaryIO:
        """An object. Raises FileNotFoundError, too."""

    def keep(self, number: int) -> int:
        """Deletes all but the latest so many snapshots, and objects that none needs any more.

        Returns the number of snapshots that are gone.
        """

    def where(self, snapshot: str) -> str:
        """A snapshot, for people."""

    def where_object(self, name: str) -> str:
        """An object, for people."""


def address(text: str) -> Address:
    """Raises ValueError: it is neither a folder nor a bucket, and why."""
    if text.startswith("s3:"):
        return bucket_at(text)
    if "://" in text:
        raise ValueError(
            "must be a folder, or like s3://bucket/prefix. To keep backups elsewhere, copy the "
            "folder with rclone or rsync: files in it never change, so only new ones are sent"
        )
    return Path(text)


def place_at(given: Address) -> Place:
    """Raises BackupError: backups must not be there."""
    if isinstance(given, Path):
        return BackupFolder(given)
    from classifier_site.operations.backups.bucket import BackupBucket

    return BackupBucket(given)


def find(given: Address) -> tuple[Place, str]:
    """A place and the snapshot that is named, or else the latest.

    Raises:
        BackupError: there is none.
        OSError
    """
    root, name = parted(given)
    place = place_at(root)
    if not place.is_one():
        raise BackupError(f"{root} holds no backups.")
    snapshots = place.snapshots()
    if name and name not in snapshots:
        raise BackupError(f"{given} is not a complete backup.")
    if not snapshots:
        raise BackupError(f"No backup in {root} is complete.")
    return place, name or snapshots[0]


def parted(given: Address) -> tuple[Address, str]:
    """The place, and the name of the snapshot if it is like `PLACE/snapshots/20261130T021500Z`."""
    path = PurePosixPath(given.prefix) if isinstance(given, Bucket) else given.resolve()
    if path.parent.name != "snapshots" or not SNAPSHOT.fullmatch(path.name):
        return given, ""
    root = path.parent.parent
    if isinstance(given, Bucket):
        return given._replace(prefix="" if root == PurePosixPath() else str(root)), path.name
    return Path(root), path.name
