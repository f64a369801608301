"""How a folder with backups is laid out.

    objects/3f/3f9a…           what files hold, named by its SHA-256 and kept once for all backups
    snapshots/20261130T021500Z/
        snapshot.json          what it is (Snapshot), never encrypted
        database.dump          of pg_dump, in its custom format
        files.jsonl.gz         [area, name, bytes, SHA-256, object] of each file
        objects.gz             the objects of it, line by line: to know what can go
    incomplete/                what is being written

With encryption, objects, dump and files end in `.age`. A name appears when all of its content is on
the disk, and never changes its content afterwards, so that tools like rsync and rclone copy the
folder while it is in use, and of later backups what is new.
"""

import fcntl
import gzip
import json
import os
import shutil
import time
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from hashlib import file_digest, sha256
from pathlib import Path
from typing import BinaryIO, NamedTuple

from classifier_site.operations.backups.errors import BackupError
from classifier_site.operations.backups.sealing import SUFFIX, Sealer

FORMAT = 1
NAME = "%Y%m%dT%H%M%SZ"
HEADER, DUMP, FILES, OBJECTS = "snapshot.json", "database.dump", "files.jsonl.gz", "objects.gz"


@dataclass(frozen=True)
class Snapshot:
    """One backup. Times are ISO 8601 in UTC, `hashes` SHA-256 of its other files by their names."""

    format: int
    made_at: str
    version: str  # of the service
    postgresql: int  # major version
    migrations: dict[str, str]  # the last of each app
    tables: dict[str, int]  # rows
    pictures: int
    files: int  # with the pictures
    size: int  # bytes of these
    missing: list[str]  # files that could not be read
    damaged: list[str]  # pictures that were not any more what people had sent
    settings: list[str]  # names of the variables that were set; values are secrets, or know some
    key: str  # tells one SECRET_KEY from another
    encrypted: bool
    hashes: dict[str, str]

    @classmethod
    def read(cls, folder: Path) -> "Snapshot":
        """Raises BackupError."""
        try:
            found = json.loads((folder / HEADER).read_text(encoding="utf-8"))
            if found["format"] > FORMAT:
                raise BackupError(f"{folder} was made by a newer version of the service.")
            return cls(**{field.name: found[field.name] for field in fields(cls)})
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise BackupError(f"{folder} is not a backup, or it is damaged: {error}") from error

    def write(self, folder: Path) -> None:
        text = json.dumps(asdict(self), indent=1, ensure_ascii=False)
        with private(folder / HEADER) as file:
            file.write(f"{text}\n".encode())

    def path(self, folder: Path, name: str) -> Path:
        """Where one of its other files is."""
        return folder / (name + SUFFIX if self.encrypted and name != OBJECTS else name)


class Added(NamedTuple):
    """An object that was written. Sizes in bytes, of the content and of the object."""

    name: str
    sha256: str
    size: int
    written: int


class Hashed:
    """A file that is hashed while it is read."""

    def __init__(self, source: BinaryIO) -> None:
        self.source, self.sha256, self.size = source, sha256(), 0

    def read(self, size: int = -1) -> bytes:
        part = self.source.read(size)
        self.sha256.update(part)
        self.size += len(part)
        return part


class BackupFolder:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.objects, self.incomplete = root / "objects", root / "incomplete"

    @classmethod
    def make(cls, root: Path) -> "BackupFolder":
        """The folder, created if it is not there. Raises BackupError and OSError."""
        ours = cls(root)
        if root.exists() and not ours.is_one() and any(root.iterdir()):
            raise BackupError(f"{root} holds other files: name an empty folder, or a new one.")
        for folder in (root, ours.objects, root / "snapshots", ours.incomplete):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return ours

    def is_one(self) -> bool:
        return (self.root / "snapshots").is_dir() and self.objects.is_dir()

    @contextmanager
    def locked(self, *, alone: bool) -> Iterator[None]:
        """For a `with` block: alone to write, with others to read. Raises BackupError."""
        descriptor = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
            yield
        except BlockingIOError:
            raise BackupError(f"{self.root} is in use by another backup or restore.") from None
        finally:
            os.close(descriptor)

    def snapshots(self) -> list[Path]:
        """Those that are complete, the latest first."""
        return sorted((self.root / "snapshots").glob("[0-9]*T*Z"), reverse=True)

    def next_time(self) -> datetime:
        """Now, or when no other backup has its name: names are of whole seconds."""
        while (self.root / "snapshots" / (now := datetime.now(UTC)).strftime(NAME)).exists():
            time.sleep(0.1)
        return now

    def object(self, name: str) -> Path:
        return self.objects / name[:2] / name

    def add(self, source: BinaryIO, sealer: Sealer) -> "Added":
        """Writes what `source` holds as an object. Raises OSError."""
        hashed, part = Hashed(source), self.incomplete / "object"
        with private(part) as target:
            sealer.write(hashed, target)
            sync(target)
            written = target.tell()
        name = sealer.name(hashed.sha256.hexdigest())
        self.object(name).parent.mkdir(mode=0o700, exist_ok=True)
        part.rename(self.object(name))
        return Added(name, hashed.sha256.hexdigest(), hashed.size, written)

    @contextmanager
    def new_snapshot(self, made_at: datetime) -> Iterator[Path]:
        """A folder to write a snapshot into, which appears whole or not at all.

        made_at: of next_time.
        """
        for left_by_a_killed_run in self.incomplete.iterdir():
            remove(left_by_a_killed_run)
        final = self.root / "snapshots" / made_at.strftime(NAME)
        workshop = self.incomplete / final.name
        workshop.mkdir(mode=0o700)
        try:
            yield workshop
            for path in workshop.iterdir():
                with path.open("rb") as file:
                    os.fsync(file.fileno())
            for folder in (*self.objects.iterdir(), self.objects, workshop):
                sync_folder(folder)
            workshop.rename(final)
            sync_folder(final.parent)
        finally:
            shutil.rmtree(workshop, ignore_errors=True)

    def keep(self, number: int) -> int:
        """Deletes all but the latest so many snapshots, and objects that none needs any more.

        Returns the number of snapshots that are gone. Raises BackupError and OSError.
        """
        old = self.snapshots()[number:]
        for snapshot in old:
            going = self.incomplete / snapshot.name
            snapshot.rename(going)  # never half of it
            remove(going)
        if old:
            needed = {name for snapshot in self.snapshots() for name in lines(snapshot / OBJECTS)}
            for path in self.objects.glob("??/*"):
                if path.name not in needed:
                    path.unlink()
        return len(old)


def private(path: Path) -> BinaryIO:
    """A new file that only its owner may read."""
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def sync(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


def write_lines(path: Path, written: Iterable[str]) -> None:
    with private(path) as file, gzip.open(file, "wt", encoding="utf-8", compresslevel=6) as zipped:
        zipped.writelines(f"{line}\n" for line in written)


def lines(path: Path) -> Iterator[str]:
    """Raises BackupError and OSError."""
    try:
        with gzip.open(path, "rt", encoding="utf-8") as zipped:
            for line in zipped:
                yield line.rstrip("\n")
    except (EOFError, zlib.error, UnicodeError) as error:
        raise BackupError(f"{path} is damaged: {error}. Delete this backup.") from error


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def find(source: Path) -> tuple[BackupFolder, Path]:
    """The backups and the one that is named, or else the latest. Raises BackupError."""
    named = source.resolve()
    if named.parent.name == "snapshots" and (named / HEADER).is_file():
        return BackupFolder(named.parent.parent), named
    folder = BackupFolder(named)
    if not folder.is_one():
        raise BackupError(f"{source} holds no backups.")
    if not (snapshots := folder.snapshots()):
        raise BackupError(f"No backup in {source} is complete.")
    return folder, snapshots[0]
