"""What a file tells of its picture that browsers act on: how to turn it, and what its colours mean.

Sources: Exif 2.32, section 4.7; ICC.1:2022, annex B; PNG, third edition, sections 11.3.2.3 and
11.3.4.5; RFC 9649, section 2.7.1. Where a file says it twice, what libjpeg's, libpng's and
libwebp's readers take.
"""

import struct
import zlib
from collections.abc import Iterable

from predictions.inference.containers import (
    APP1,
    APP2,
    BOXED,
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
from predictions.inference.still import still

EXIF, ICC = b"Exif\0\0", b"ICC_PROFILE\0"
# Bytes. Those of presses have two megabytes.
MOST_PROFILE = 3_000_000
MOST_NAME = 79  # bytes of the name of a PNG's profile
PROFILE_HEADER, TAG = 132, 12  # bytes; the header with the number of tags
WHITE = (0.9642, 1.0, 0.8249)  # D50, section 7.2.16


def exif(content: bytes, kind: str) -> bytes:
    """Exif data, or nothing: browsers take what stands before the pixels of a PNG, and of HEIC and
    AVIF none.

    Raises:
        Damaged, TooManyParts: so do all here.
    """
    if kind in BOXED:
        return b""
    found = parts(content, kind)
    if kind == "JPEG":
        # The second zero is a filling, which readers do not look at.
        pieces = after(EXIF[:-1], APP1, content, found)
        return next((piece[1:] for piece in pieces if len(piece) > 1), b"")
    data = chunk(content, found, kind, b"eXIf", b"EXIF", VP8X_EXIF)
    return data.removeprefix(EXIF) if kind == "WEBP" else data  # as some programs write it


def profile(content: bytes, kind: str) -> bytes:
    """The ICC profile, or nothing: none, or it is damaged, or too large."""
    found = parts(content, kind)
    if kind in BOXED:
        data = still(content, kind).profile
    elif kind == "JPEG":
        data = joined(list(after(ICC, APP2, content, found)))
    else:
        data = chunk(content, found, kind, b"iCCP", b"ICCP", VP8X_ICC)
    if kind == "PNG":
        name, _, rest = data.partition(b"\0")
        is_named = 1 <= len(name) <= MOST_NAME and rest.startswith(b"\0")  # deflated
        data = inflated(rest[1:]) if is_named else b""
    return data if len(data) <= MOST_PROFILE and is_sound(data) else b""


def is_sound(profile: bytes) -> bool:
    """Whether browsers use it: other readers use some that are cut off (skcms.cc, skcms_Parse)."""
    if len(profile) < PROFILE_HEADER:
        return False
    size, tags = (struct.unpack_from(">I", profile, at)[0] for at in (0, 128))
    white = (value / 65_536 for value in struct.unpack_from(">3i", profile, 68))
    return (
        profile[36:40] == b"acsp"
        and PROFILE_HEADER + TAG * tags <= size <= len(profile)
        and all(abs(one - other) <= 0.01 for one, other in zip(white, WHITE, strict=True))
        and all(size >= start + length >= start + 4 for start, length in extents(profile, tags))
    )


def extents(profile: bytes, tags: int) -> Iterable[tuple[int, int]]:
    """Start and length of each tag."""
    for at in range(PROFILE_HEADER, PROFILE_HEADER + TAG * tags, TAG):
        yield struct.unpack_from(">4xII", profile, at)


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
    most = max(numbered, default=0)
    whole = sorted(numbered) == list(range(1, most + 1))
    agreed = all(piece[1:2] == bytes([most]) for piece in pieces)
    return b"".join(numbered[number] for number in sorted(numbered)) if whole and agreed else b""


def inflated(data: bytes) -> bytes:
    try:
        stream = zlib.decompressobj()
        result = stream.decompress(data, MOST_PROFILE)
    except zlib.error:
        return b""
    return result if stream.eof else b""
