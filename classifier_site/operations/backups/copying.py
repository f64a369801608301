"""Files are copied to where backups are, unless an earlier backup has the same content."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import file_digest
from typing import Any, NamedTuple

from classifier_site.operations.backups.contents import Named, copies
from classifier_site.operations.backups.places import Place
from classifier_site.operations.backups.sealing import Sealer
from foundation.storage.lasting import StorageUnreachable

Say = Callable[[str], Any]
SAY_EVERY = 15  # seconds


class Entry(NamedTuple):
    """A file in a backup, as `files.jsonl.gz` has it, and the object with its content."""

    area: str
    name: str
    size: int
    sha256: str
    object: str


@dataclass
class Copying:
    """Copies files and counts them. Sizes are in bytes; `added` is what the place grew by."""

    place: Place
    sealer: Sealer
    files: int = 0
    size: int = 0
    new: int = 0  # files whose content no earlier backup has
    added: int = 0
    missing: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)

    def all_of(self, wanted: Iterable[Named], say: Say) -> Iterator[Entry]:
        """Raises OSError: where the backups are cannot be written."""
        said = time.monotonic()
        for named in wanted:
            yield from self.one(named)
            if named.sha256:  # a picture
                for copy in copies(named):
                    yield from self.one(copy)
            if time.monotonic() > said + SAY_EVERY:
                said = time.monotonic()
                say(f"… {self.files:,} files, {self.added / 1e6:,.0f} MB new")

    def one(self, named: Named) -> Iterator[Entry]:
        try:
            entry = self.known(named)
        except StorageUnreachable:  # a backup without pictures that are there is none
            raise
        except OSError:
            self.missing.append(named.name)
            return
        if entry is None:
            entry = self.add(named)
        if named.sha256 and entry.sha256 != named.sha256:
            self.damaged.append(named.name)
        self.files += 1
        self.size += entry.size
        yield entry

    def known(self, named: Named) -> Entry | None:
        """If an earlier backup has its content. Raises OSError: it cannot be read."""
        digest, size = named.sha256, named.size
        if size is None:
            with named.open() as source:
                digest, size = file_digest(source, "sha256").hexdigest(), source.tell()
        name = self.sealer.name(digest)
        if self.place.has(name):
            return Entry(named.area, named.name, size, digest, name)
        named.open().close()
        return None

    def add(self, named: Named) -> Entry:
        with named.open() as source:
            added = self.place.add(source, self.sealer)
        self.new += 1
        self.added += added.written
        return Entry(named.area, named.name, added.size, added.sha256, added.name)
