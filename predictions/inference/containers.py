"""A picture's container, walked once before any decoder sees it.

The walk is linear and stops after `MAX_PARTS` parts. survey.py tells from it what a picture asks of
a decoder, essence.py cuts it down to what a decoder needs, and told.py reads what else browsers
look at.

Sources: JPEG, ITU-T T.81, annex B, and how libjpeg's jdmarker.c finds the next marker; PNG, third
edition, chapters 5 and 11; GIF89a, sections 18 to 26; WebP, RFC 9649, section 2; HEIC and AVIF,
ISO/IEC 14496-12, sections 4.2 and 4.3, ISO/IEC 23008-12, annex B, and AVIF 1.1, section 6.
"""

import re
import struct
from collections.abc import Callable, Iterable, Iterator
from itertools import takewhile
from typing import NamedTuple
from zlib import crc32

# JPEG segments, PNG and WebP chunks, GIF blocks. A photograph has some ten, an animation hundreds.
MAX_PARTS = 10_000
# GIF: pieces of 255 bytes of which its blocks are made; 10 MB of full ones are 40,000.
MAX_PIECES = 200_000

SOI, EOI, SOS, APP0, APP1, APP2, APP14 = 0xD8, 0xD9, 0xDA, 0xE0, 0xE1, 0xE2, 0xEE
# Table B.1: the starts of a frame, and which of them are progressive.
PROGRESSIVE = {0xC2, 0xC6, 0xCA, 0xCE}
FRAMES = {0xC0, 0xC1, 0xC3, 0xC5, 0xC7, 0xC9, 0xCB, 0xCD, 0xCF} | PROGRESSIVE
# Besides Huffman, arithmetic and quantisation tables and the restart interval; no decoder here
# needs more.
JPEG_PICTURE = FRAMES | {0xC4, 0xCC, 0xDB, 0xDD, SOS, EOI}
# libjpeg skips any bytes up to 0xFF, which may be repeated, followed by neither 0 nor 0xFF, and
# markers without parameters (TEM, restarts). A scan's data is passed over in the same way (section
# B.1.1.5).
MARKER = re.compile(rb"\xff([^\x00\x01\xd0-\xd7\xff])")
# Lower ones are reserved. libjpeg ends at them, but for one place: between restarts it skips them
# without the length that others read there (jdmarker.c, jpeg_resync_to_restart), and what follows
# is a scan to it.
FIRST_SEGMENT = 0xC0

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
RIFF_HEADER = 12
VP8X_ALPHA, VP8X_ANIMATION, VP8X_EXIF, VP8X_ICC = 0x10, 0x02, 0x08, 0x20
# The brands of single pictures and of sequences. mif1 and msf1 say that a file is HEIF, and not how
# it is coded; some programs write no other.
HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}
AVIF_BRANDS = {b"avif", b"avis"}
ANY_BRANDS = {b"mif1", b"msf1"}
MOST_BRANDS = 64
BOXED = ("HEIF", "AVIF")
GIF_IMAGE, GIF_EXTENSION, GIF_TRAILER = 0x2C, 0x21, 0x3B
GIF_CONTROL = bytes([GIF_EXTENSION, 0xF9, 4])
# Bytes before what a segment or chunk holds.
JPEG_HEADER, CHUNK_HEADER, BOX_HEADER = 4, 8, 8


class Damaged(ValueError):
    """The container cannot be followed.

    text, values: which part is wrong, for the person who sent it; empty if that cannot be told.
    """

    def __init__(self, text: str = "", **values: object) -> None:
        super().__init__(text % values)
        self.text, self.values = text, values


class TooManyParts(ValueError):
    """The container is cut into more parts than any picture needs."""


class Part(NamedTuple):
    """A segment, chunk or block: its marker, name or kind, and where it lies in the file."""

    name: int | bytes
    start: int
    end: int


class FileBox(NamedTuple):
    """A box of HEIC and AVIF; `body` is where what it holds starts."""

    kind: bytes
    start: int
    body: int
    end: int


def format_of(content: bytes) -> str | None:
    """JPEG, PNG, GIF, WEBP, HEIF or AVIF by its first bytes, or None."""
    if content.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if content.startswith(PNG_SIGNATURE):
        return "PNG"
    if content[:6] in (b"GIF87a", b"GIF89a"):
        return "GIF"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "WEBP"
    if content[4:8] == b"ftyp":
        return coding_of(brands(content))
    return None


def brands(content: bytes) -> list[bytes]:
    """The major one first, then those that it is compatible with."""
    end = min(int.from_bytes(content[:4], "big"), 16 + 4 * MOST_BRANDS)
    compatible = content[16:end]
    return [content[8:12], *(compatible[at : at + 4] for at in range(0, len(compatible), 4))]


def coding_of(brands: list[bytes]) -> str | None:
    """What the first brand says that says it: a file may be of several."""
    for brand in brands:
        if brand in AVIF_BRANDS:
            return "AVIF"
        if brand in HEIF_BRANDS:
            return "HEIF"
    return "HEIF" if ANY_BRANDS.intersection(brands) else None


def parts(content: bytes, kind: str) -> Iterator[Part]:
    """All parts in their order, those behind the end of the picture excepted.

    Raises:
        Damaged, TooManyParts
    """
    for number, part in enumerate(WALKS[kind](content)):
        if number >= MAX_PARTS:
            raise TooManyParts
        yield part


def jpeg_parts(content: bytes) -> Iterator[Part]:
    """Segments. A scan's data belongs to its SOS; bytes that no decoder reads to none."""
    scan: Part | None = None
    at = 2
    while found := MARKER.search(content, at):
        marker = found[1][0]
        at = found.end()
        if scan:
            yield scan._replace(end=found.start())
            scan = None
        if marker == EOI:
            yield Part(EOI, found.start(), at)
            return
        if at + 2 > len(content):
            raise Damaged
        length = int.from_bytes(content[at : at + 2], "big")
        if length < 2 or marker == SOI or marker < FIRST_SEGMENT:
            raise Damaged
        part = Part(marker, found.start(), min(at + length, len(content)))
        at = part.end
        if marker == SOS:
            scan = part
        else:
            yield part
    if scan:
        yield scan._replace(end=len(content))


def until_scan(found: Iterable[Part]) -> Iterator[Part]:
    """What of a JPEG says how the pixels are meant: decoders look for it before the first scan."""
    return takewhile(lambda part: part.name != SOS, found)


def png_parts(content: bytes) -> Iterator[Part]:
    at = len(PNG_SIGNATURE)
    while at + 8 <= len(content):
        length, name = struct.unpack_from(">I4s", content, at)
        end = min(at + 12 + length, len(content))
        yield Part(name, at, end)
        if name == b"IEND":
            return
        at = end


def is_chunk_whole(content: bytes, part: Part) -> bool:
    """Whether a PNG chunk has its checksum (section 5.3); without, ancillary ones do not count."""
    checked = memoryview(content)[part.start + 4 : part.end - 4]
    return crc32(checked) == int.from_bytes(content[part.end - 4 : part.end], "big")


def png_chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", crc32(name + data))


def webp_parts(content: bytes) -> Iterator[Part]:
    end = min(8 + int.from_bytes(content[4:8], "little"), len(content))
    return riff_chunks(content, RIFF_HEADER, end)


def riff_chunks(content: bytes, at: int, end: int) -> Iterator[Part]:
    while at + 8 <= end:
        name, length = struct.unpack_from("<4sI", content, at)
        after = min(at + 8 + length + length % 2, end)
        yield Part(name, at, after)
        at = after


def riff_chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def riff(chunks: list[bytes]) -> bytes:
    """A WebP file."""
    return riff_chunk(b"RIFF", b"WEBP" + b"".join(chunks))


def gif_parts(content: bytes) -> Iterator[Part]:
    """Blocks: extensions, and images with their colours and data."""
    if len(content) < 13:
        raise Damaged
    at = 13 + colour_table(content[10])
    pieces = 0
    while at < len(content):
        start, kind = at, content[at]
        if kind == GIF_TRAILER:
            yield Part(kind, at, at + 1)
            return
        try:
            if kind == GIF_EXTENSION:
                at += 2
            elif kind == GIF_IMAGE:  # descriptor, its colours, the size of its codes
                at += 10 + colour_table(content[at + 9]) + 1
            else:  # decoders look for the next block byte by byte
                at = next_block(content, at)
                continue
            while at < len(content) and content[at]:
                at += 1 + content[at]
                pieces += 1
                if pieces > MAX_PIECES:
                    raise TooManyParts
        except IndexError as error:
            raise Damaged from error
        at += 1  # the empty piece that ends a block
        yield Part(kind, start, min(at, len(content)))


def file_boxes(content: bytes) -> Iterator[Part]:
    return (Part(box.kind, box.start, box.end) for box in boxes(content, 0, len(content)))


def boxes(content: bytes, at: int, end: int) -> Iterator[FileBox]:
    """Those that follow each other; the last one may be cut off."""
    while at + BOX_HEADER <= end:
        size, body = int.from_bytes(content[at : at + 4], "big"), at + BOX_HEADER
        if size == 1:
            size, body = int.from_bytes(content[body : body + 8], "big"), body + 8
        elif size == 0:
            size = end - at
        if size < body - at:
            raise Damaged
        after = min(at + size, end)
        yield FileBox(content[at + 4 : at + 8], at, min(body, after), after)
        at = after


NEXT_BLOCK = re.compile(rb"[\x2c\x21\x3b]")


def next_block(content: bytes, at: int) -> int:
    found = NEXT_BLOCK.search(content, at)
    return found.start() if found else len(content)


def colour_table(flags: int) -> int:
    """Bytes of the table that these flags announce."""
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


WALKS: dict[str, Callable[[bytes], Iterator[Part]]] = {
    "JPEG": jpeg_parts,
    "PNG": png_parts,
    "WEBP": webp_parts,
    "GIF": gif_parts,
    "HEIF": file_boxes,
    "AVIF": file_boxes,
}
