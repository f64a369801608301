"""A picture's container, walked once before any decoder sees it.

The walk is linear and stops after `MAX_PARTS` parts. survey.py tells from it what a picture asks of
a decoder; `essence` leaves out the parts that a decoder reads although it does not need them, some
of them in quadratic time.

Sources: JPEG, ITU-T T.81, annex B, and how libjpeg's jdmarker.c finds the next marker; PNG, third
edition, chapters 5 and 11; GIF89a, sections 18 to 26; WebP, RFC 9649, section 2.
"""

import re
import struct
from collections.abc import Callable, Iterator
from typing import NamedTuple

# JPEG segments, PNG and WebP chunks, GIF blocks. A photograph has some ten, an animation hundreds.
MAX_PARTS = 10_000
# GIF: pieces of 255 bytes of which its blocks are made; 10 MB of full ones are 40,000.
MAX_PIECES = 200_000

SOI, EOI, SOS, APP0, APP1, APP2, APP14 = 0xD8, 0xD9, 0xDA, 0xE0, 0xE1, 0xE2, 0xEE
APPLICATIONS, COMMENT = range(0xE0, 0xF0), 0xFE
# libjpeg skips any bytes up to 0xFF, which may be repeated, followed by neither 0 nor 0xFF, and
# markers without parameters (TEM, restarts). A scan's data is passed over in the same way (section
# B.1.1.5).
MARKER = re.compile(rb"\xff([^\x00\x01\xd0-\xd7\xff])")
# Lower ones are reserved. libjpeg ends at them, but for one place: between restarts it skips them
# without the length that others read there (jdmarker.c, jpeg_resync_to_restart), and what follows
# is a scan to it.
FIRST_SEGMENT = 0xC0
JFIF, ICC, ADOBE, EXIF = b"JFIF\0", b"ICC_PROFILE\0", b"Adobe", b"Exif\0\0"

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
PNG_PICTURE = set(
    b"IHDR PLTE IDAT IEND tRNS cHRM cICP gAMA iCCP mDCV cLLI sBIT sRGB bKGD acTL fcTL fdAT".split()
)
WEBP_PICTURE = {b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"}
GIF_IMAGE, GIF_EXTENSION, GIF_TRAILER = 0x2C, 0x21, 0x3B
GIF_CONTROL, GIF_APPLICATION, GIF_LOOP = 0xF9, 0xFF, b"NETSCAPE2.0"


class Damaged(ValueError):
    """The container cannot be followed."""


class TooManyParts(ValueError):
    """The container is cut into more parts than any picture needs."""


class Part(NamedTuple):
    """A segment, chunk or block: its marker, name or kind, and where it lies in the file."""

    name: int | bytes
    start: int
    end: int


def format_of(content: bytes) -> str | None:
    """JPEG, PNG, GIF or WEBP by its first bytes, or None."""
    if content.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if content.startswith(PNG_SIGNATURE):
        return "PNG"
    if content[:6] in (b"GIF87a", b"GIF89a"):
        return "GIF"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "WEBP"
    return None


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


def png_parts(content: bytes) -> Iterator[Part]:
    at = len(PNG_SIGNATURE)
    while at + 8 <= len(content):
        length, name = struct.unpack_from(">I4s", content, at)
        end = min(at + 12 + length, len(content))
        yield Part(name, at, end)
        if name == b"IEND":
            return
        at = end


def webp_parts(content: bytes) -> Iterator[Part]:
    at = 12
    end = min(8 + int.from_bytes(content[4:8], "little"), len(content))
    while at + 8 <= end:
        name, length = struct.unpack_from("<4sI", content, at)
        after = min(at + 8 + length + length % 2, end)
        yield Part(name, at, after)
        at = after


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
}


def essence(content: bytes, kind: str) -> bytes:
    """The same file with what makes its pixels and with its Exif data, and little else.

    Of an animated GIF the first frame is left. Colour profiles go too: no decoder here applies
    them. A WebP stays as it is; its decoder looks at no part that it is not asked for.

    Raises:
        Damaged, TooManyParts
    """
    if kind == "WEBP":
        return content
    start = {"JPEG": 2, "PNG": len(PNG_SIGNATURE)}.get(kind) or 13 + colour_table(content[10])
    kept, seen = [content[:start]], set[bytes]()
    for part in parts(content, kind):
        if ESSENTIAL[kind](content, part, seen):
            kept.append(content[part.start : part.end])
        if part.name == GIF_IMAGE:
            break
    return b"".join(kept)


def is_essential_segment(content: bytes, part: Part, seen: set[bytes]) -> bool:
    """Of the application segments the first JFIF, Exif and Adobe; `seen` tells later ones."""
    if part.name not in APPLICATIONS:
        return part.name != COMMENT
    for marker, name in ((APP0, JFIF), (APP1, EXIF), (APP14, ADOBE)):
        if part.name == marker and name not in seen and content.startswith(name, part.start + 4):
            seen.add(name)
            return True
    return False


def is_essential_chunk(content: bytes, part: Part, seen: set[bytes]) -> bool:
    return part.name == b"eXIf" or (part.name in PNG_PICTURE and part.name != b"iCCP")


def is_essential_block(content: bytes, part: Part, seen: set[bytes]) -> bool:
    return part.name != GIF_EXTENSION or content[part.start + 1] == GIF_CONTROL


ESSENTIAL: dict[str, Callable[[bytes, Part, set[bytes]], bool]] = {
    "JPEG": is_essential_segment,
    "PNG": is_essential_chunk,
    "GIF": is_essential_block,
}
