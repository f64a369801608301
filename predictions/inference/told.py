"""What a file tells of its picture that browsers act on: how to turn it, and what its colours mean.

Sources: Exif 2.32, section 4.7; ICC.1:2022, annex B; PNG, third edition, sections 11.3.2.3 and
11.3.4.5; RFC 9649, section 2.7.1. Where a file says it twice, what libjpeg's, libpng's and
libwebp's readers take.
"""

import zlib
from collections.abc import Iterable

from predictions.inference.containers import (
    APP1,
    APP2,
    CHUNK_HEADER,
    JPEG_HEADER,
    RIFF_HEADER,
    VP8X_EXIF,
    VP8X_ICC,
    Part,
    is_chunk_whole,
    parts,
    until_scan,
)

EXIF, ICC = b"Exif\0\0", b"ICC_PROFILE\0"
# Bytes. Those of presses have two megabytes.
MOST_PROFILE = 3_000_000


def exif(content: bytes, kind: str) -> bytes:
    """Exif data, or nothing: browsers take what stands before the pixels of a PNG.

    Raises:
        Damaged, TooManyParts: so do all here.
    """
    found = parts(content, kind)
    if kind == "JPEG":
        return next(iter(after(EXIF, APP1, content, found)), b"")
    return chunk(content, found, kind, b"eXIf", b"EXIF", VP8X_EXIF)


def profile(content: bytes, kind: str) -> bytes:
    """The ICC profile, or nothing: none, or it is cut off, or too large."""
    found = parts(content, kind)
    if kind == "JPEG":
        data = joined(list(after(ICC, APP2, content, found)))
    else:
        data = chunk(content, found, kind, b"iCCP", b"ICCP", VP8X_ICC)
    if kind == "PNG":
        data = inflated(data.partition(b"\0")[2][1:])
    return data if len(data) <= MOST_PROFILE else b""


def after(prefix: bytes, marker: int, content: bytes, found: Iterable[Part]) -> Iterable[bytes]:
    for part in until_scan(found):
        if part.name == marker and content.startswith(prefix, part.start + JPEG_HEADER):
            yield content[part.start + JPEG_HEADER + len(prefix) : part.end]


def chunk(
    content: bytes, found: Iterable[Part], kind: str, png: bytes, webp: bytes, flag: int
) -> bytes:
    """What the first chunk of this name holds, if decoders look at it."""
    flags = 0
    for part in found:
        at = part.start + CHUNK_HEADER
        if part.name == b"IDAT":
            break
        if kind == "PNG" and part.name == png and is_chunk_whole(content, part):
            return content[at : part.end - 4]
        if kind == "WEBP" and part.name == b"VP8X" and part.start == RIFF_HEADER:
            flags = content[at]
        if kind == "WEBP" and part.name == webp and flags & flag:
            length = int.from_bytes(content[part.start + 4 : at], "little")
            return content[at : min(at + length, part.end)]
    return b""


def joined(pieces: list[bytes]) -> bytes:
    """Annex B.4: each piece begins with its number, from 1 on, and how many there are."""
    numbered = {piece[0]: piece[2:] for piece in pieces if len(piece) > 2}
    whole = sorted(numbered) == list(range(1, len(pieces) + 1))
    return b"".join(numbered[number] for number in sorted(numbered)) if whole else b""


def inflated(data: bytes) -> bytes:
    try:
        stream = zlib.decompressobj()
        result = stream.decompress(data, MOST_PROFILE)
    except zlib.error:
        return b""
    return result if stream.eof else b""
