"""Pictures and other uploads are copied from one storage to another while the service runs.

By what rows name: what nothing needs stays behind. A file is there when its content, read again
from where it went, has the SHA-256 that it came with; what is there already is not copied again, so
that a run can be interrupted, and a second one copies what came meanwhile.
"""

import time
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import Enum
from hashlib import file_digest
from itertools import islice
from pathlib import Path
from typing import Any

from classifier_site.operations.backups.contents import Named, files_of_rows
from foundation.storage.address import bucket_at
from foundation.storage.disk import WholeFiles
from predictions.pictures import thumbnails

# Files at once: S3 takes tens of milliseconds for each request, whoever asks.
THREADS = 16
TOGETHER = 256  # files between two looks into the database
SAY_EVERY = 10  # seconds


class NotTheSame(OSError):
    """What was written is not what is read."""


def storage_at(place: str) -> Any:
    """The storage of a folder, or of an address as MEDIA_URL has it.

    Raises ValueError: it is neither.
    """
    if place.startswith("s3:"):
        from foundation.storage.s3 import Objects

        return Objects(bucket_at(place), connections=THREADS)
    if "://" in place or not Path(place).is_absolute():
        raise ValueError("must be an absolute path of a folder, or like s3://bucket/prefix")
    return WholeFiles(location=place, file_permissions_mode=0o600)


class Outcome(Enum):
    COPIED, KNOWN, MISSING, DAMAGED = range(4)  # DAMAGED: copied as it is


@dataclass
class Move:
    """From one storage to another, and what has come of it so far."""

    source: Any
    target: Any
    files: Counter[Outcome] = field(default_factory=Counter)
    bad: dict[Outcome, list[str]] = field(default_factory=lambda: defaultdict(list))

    def all(self, say: Callable[[str], Any]) -> None:
        """Raises OSError; what has been copied stays."""
        said = time.monotonic()
        wanted = files_of_rows()
        with ThreadPoolExecutor(THREADS, "moving") as threads:
            while together := list(islice(wanted, TOGETHER)):
                for named, outcome in zip(together, threads.map(self.one, together), strict=True):
                    self.files[outcome] += 1
                    if outcome in (Outcome.MISSING, Outcome.DAMAGED):
                        self.bad[outcome].append(named.name)
                if time.monotonic() > said + SAY_EVERY:
                    said = time.monotonic()
                    say(f"… {self.files.total():,} files looked at")

    def one(self, named: Named) -> Outcome:
        """With the small copies that there are of a picture. Raises OSError."""
        outcome = self.copy(named)
        if named.sha256:
            for width in (*thumbnails.WIDTHS, thumbnails.LARGE_COPY):
                self.copy(Named(named.area, thumbnails.path(named.name, width)))
        return outcome

    def copy(self, named: Named) -> Outcome:
        """Raises OSError."""
        name = named.name
        try:
            size = self.source.size(name) if named.size is None else named.size
            if self.is_there(name, size):
                return Outcome.KNOWN
            wanted = named.sha256 or sha256_in(self.source, name)
            with self.source.open(name) as file:
                self.target.replace(name, file)
        except FileNotFoundError:
            return Outcome.MISSING
        self.target.flush(name)
        if sha256_in(self.target, name) == wanted:
            return Outcome.COPIED
        if sha256_in(self.source, name) == sha256_in(self.target, name):
            return Outcome.DAMAGED
        self.target.delete(name)
        raise NotTheSame(f"What was written to {name} is not what is read from there.")

    def is_there(self, name: str, size: int) -> bool:
        """In full: neither storage keeps half a file under its name."""
        try:
            return bool(self.target.size(name) == size)
        except FileNotFoundError:
            return False


def sha256_in(storage: Any, name: str) -> str:
    with storage.open(name) as file:
        return file_digest(file, "sha256").hexdigest()
