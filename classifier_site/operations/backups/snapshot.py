"""What a backup consists of, wherever it is.

    objects/3f/3f9a…           what files hold, named by its SHA-256 and kept once for all backups
    snapshots/20261130T021500Z/
        snapshot.json          what it is (Snapshot), never encrypted
        database.dump          of pg_dump, in its custom format
        files.jsonl.gz         [area, name, bytes, SHA-256, object] of each file
        objects.gz             the objects of it, line by line: to know what can go

With encryption, objects, dump and files end in `.age`.
"""

import gzip
import json
import os
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from hashlib import file_digest, sha256
from pathlib import Path
from typing import BinaryIO, NamedTuple

from classifier_site.operations.backups.errors import BackupError
from classifier_site.operations.backups.sealing import SUFFIX

FORMAT = 1
IN_MEMORY = 32 * 1024 * 1024  # bytes of a file on its way; larger ones go to the disk
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
    def read(cls, folder: Path, where: str) -> "Snapshot":
        """where: it is, for people. Raises BackupError."""
        try:
            found = json.loads((folder / HEADER).read_text(encoding="utf-8"))
            if found["format"] > FORMAT:
                raise BackupError(f"{where} was made by a newer version of the service.")
            return cls(**{field.name: found[field.name] for field in fields(cls)})
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise BackupError(f"{where} is not a backup, or it is damaged: {error}") from error

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


def private(path: Path) -> BinaryIO:
    """A new file that only its owner may read."""
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def write_lines(path: Path, written: Iterable[str]) -> None:
    with private(path) as file, gzip.open(file, "wt", encoding="utf-8", compresslevel=6) as zipped:
        zipped.writelines(f"{line}\n" for line in written)


def lines(file: BinaryIO, where: str) -> Iterator[str]:
    """Of a compressed file. Raises BackupError and OSError."""
    try:
        with gzip.open(file, "rt", encoding="utf-8") as zipped:
            for line in zipped:
                yield line.rstrip("\n")
    except (EOFError, zlib.error, UnicodeError) as error:
        raise BackupError(f"{where} is damaged: {error}. Delete this backup.") from error


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
