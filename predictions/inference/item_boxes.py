"""The boxes of a HEIC or AVIF file that say which items it holds, where, and what belongs to each.

Sources: ISO/IEC 14496-12, sections 4.2 and 8.11; HEIF, ISO/IEC 23008-12, sections 6 and 9.3.
"""

from collections.abc import Iterator
from typing import NamedTuple

from predictions.inference.containers import Damaged, FileBox, TooManyParts, boxes

# Numbers that are read of all boxes; a photograph of 200 tiles needs some 4,000.
MOST_NUMBERS = 50_000


class Extent(NamedTuple):
    start: int
    length: int  # 0: to the end


class Meta:
    """What a file's meta box says, by the items' numbers.

    Raises:
        Damaged, TooManyParts
    """

    def __init__(self, content: bytes) -> None:
        self.content, self.numbers = content, 0
        self.primary = 0
        self.kinds: dict[int, bytes] = {}
        self.extents: dict[int, list[Extent]] = {}
        self.references: dict[tuple[bytes, int], list[int]] = {}  # by kind and from which
        self.properties: list[FileBox] = []
        self.associations: dict[int, list[tuple[int, bool]]] = {}  # from 1 on; and if essential
        self.data_at = 0  # of the idat box
        outer = next((box for box in boxes(content, 0, len(content)) if box.kind == b"meta"), None)
        if outer is None:
            raise Damaged
        inner = {box.kind: box for box in self.counted(outer.body + 4, outer.end)}
        if b"idat" in inner:
            self.data_at = inner[b"idat"].body
        for kind, read in (
            (b"pitm", self.read_primary),
            (b"iinf", self.read_kinds),
            (b"iloc", self.read_extents),
            (b"iprp", self.read_properties),
        ):
            if kind not in inner:
                raise Damaged
            read(inner[kind])
        if b"iref" in inner:
            self.read_references(inner[b"iref"])

    def counted(self, at: int, end: int) -> Iterator[FileBox]:
        for box in boxes(self.content, at, end):
            self.count()
            yield box

    def count(self) -> None:
        self.numbers += 1
        if self.numbers > MOST_NUMBERS:
            raise TooManyParts

    def cursor(self, box: FileBox) -> "Cursor":
        return Cursor(self, box.body, box.end)

    def read_primary(self, box: FileBox) -> None:
        cursor = self.cursor(box)
        version, _flags = cursor.version()
        self.primary = cursor.number(4 if version else 2)

    def read_kinds(self, box: FileBox) -> None:
        cursor = self.cursor(box)
        version, _flags = cursor.version()
        cursor.number(4 if version else 2)
        for entry in self.counted(cursor.at, box.end):
            cursor = self.cursor(entry)
            version, _flags = cursor.version()
            if entry.kind != b"infe" or version < 2:
                continue
            item = cursor.number(4 if version > 2 else 2)
            is_protected = cursor.number(2)
            kind = cursor.number(4).to_bytes(4, "big")
            if not is_protected:
                self.kinds.setdefault(item, kind)

    def read_extents(self, box: FileBox) -> None:
        cursor = self.cursor(box)
        version, _flags = cursor.version()
        sizes = cursor.number(2)
        offset, length, base, index = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
        for _item in range(cursor.number(4 if version > 1 else 2)):
            item = cursor.number(4 if version > 1 else 2)
            method = cursor.number(2) & 15 if version else 0
            elsewhere = cursor.number(2)
            start = cursor.number(base) + (self.data_at if method == 1 else 0)
            found = []
            for _extent in range(cursor.number(2)):
                cursor.number(index if version else 0)
                found.append(Extent(start + cursor.number(offset), cursor.number(length)))
            # Built of other items, or in another file.
            if method < 2 and not elsewhere:
                self.extents.setdefault(item, found)

    def read_properties(self, box: FileBox) -> None:
        for inner in self.counted(box.body, box.end):
            if inner.kind == b"ipco":
                self.properties.extend(self.counted(inner.body, inner.end))
            elif inner.kind == b"ipma":
                self.read_associations(inner)

    def read_associations(self, box: FileBox) -> None:
        cursor = self.cursor(box)
        version, flags = cursor.version()
        size = 2 if flags & 1 else 1
        for _item in range(cursor.number(4)):
            found = self.associations.setdefault(cursor.number(4 if version else 2), [])
            for _property in range(cursor.number(1)):
                value = cursor.number(size)
                is_essential = value >> 8 * size - 1
                found.append((value & (1 << 8 * size - 1) - 1, bool(is_essential)))

    def read_references(self, box: FileBox) -> None:
        cursor = self.cursor(box)
        version, _flags = cursor.version()
        size = 4 if version else 2
        for inner in self.counted(cursor.at, box.end):
            cursor = self.cursor(inner)
            source = cursor.number(size)
            found = [cursor.number(size) for _ in range(cursor.number(2))]
            self.references.setdefault((inner.kind, source), []).extend(found)

    def properties_of(self, item: int) -> list[tuple[FileBox, bool]]:
        """In their order, and whether a reader has to understand each; those that exist."""
        found = self.associations.get(item, [])
        return [
            (self.properties[number - 1], is_essential)
            for number, is_essential in found
            if 0 < number <= len(self.properties)
        ]

    def data_of(self, item: int) -> bytes:
        """Raises Damaged where the file ends before it."""
        found = [
            (start, start + length if length else len(self.content))
            for start, length in self.extents.get(item, [])
        ]
        if any(end > len(self.content) for _start, end in found):
            raise Damaged
        if sum(end - start for start, end in found) > len(self.content):
            raise Damaged
        return b"".join(self.content[start:end] for start, end in found)


class Cursor:
    """Reads numbers one after the other from a box."""

    def __init__(self, meta: Meta, at: int, end: int) -> None:
        self.meta, self.at, self.end = meta, at, end

    def number(self, size: int) -> int:
        """Of so many bytes, the most significant first; of none it is 0."""
        self.meta.count()
        start, self.at = self.at, self.at + size
        if self.at > self.end:
            raise Damaged
        return int.from_bytes(self.meta.content[start : self.at], "big")

    def version(self) -> tuple[int, int]:
        """And the flags of the box."""
        return self.number(1), self.number(3)
