"""Small files that ask a decoder for a lot of time or memory, made in memory."""

import io
import struct
import zlib
from typing import Any

from PIL import Image


def encoded(size: tuple[int, int], kind: str, mode: str = "RGB", **options: Any) -> bytes:
    content = io.BytesIO()
    Image.new(mode, size, "teal").save(content, kind, **options)
    return content.getvalue()


def segment(marker: int, data: bytes = b"") -> bytes:
    """A segment of a JPEG (ITU-T T.81, section B.1.1.4)."""
    return bytes([0xFF, marker]) + struct.pack(">H", 2 + len(data)) + data


def chunk(name: bytes, data: bytes) -> bytes:
    """A chunk of a PNG (third edition, section 5.3)."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def with_scans(number: int, side: int = 5000) -> bytes:
    """A progressive JPEG whose last scan, some forty bytes, is repeated."""
    jpeg = encoded((side, side), "JPEG", progressive=True)
    last = jpeg[jpeg.rindex(b"\xff\xda") : -2]
    return jpeg[:-2] + last * number + b"\xff\xd9"


def in_segments(number: int, marker: int = 0xE1, data: bytes = b"Exif\0\0") -> bytes:
    """A JPEG with so many more segments, Exif data without content unless told."""
    jpeg = encoded((64, 64), "JPEG")
    return jpeg[:2] + segment(marker, data) * number + jpeg[2:]


def in_chunks(number: int) -> bytes:
    """A PNG with so many comments."""
    png = encoded((64, 64), "PNG")
    return png[:33] + chunk(b"tEXt", b"a\0b") * number + png[33:]


def with_comment_of(pieces: int) -> bytes:
    """A GIF whose comment comes in pieces of one byte."""
    gif = encoded((64, 64), "GIF", "L")
    start = 13 + 3 * 2 ** ((gif[10] & 7) + 1)
    return gif[:start] + b"!\xfe" + b"\1x" * pieces + b"\0" + gif[start:]


def png_of(width: int, height: int) -> bytes:
    """A PNG of this size, RGBA, transparent black; some hundred kilobytes for 50 megapixels."""
    deflate = zlib.compressobj(9)
    row = bytes(1 + 4 * width)
    data = b"".join(deflate.compress(row) for _ in range(height)) + deflate.flush()
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def webp_header(width: int, height: int) -> bytes:
    """A lossless WebP that says it is this large (RFC 9649, section 3.4), and is cut off."""
    bits = (width - 1) | (height - 1) << 14
    data = b"VP8L" + struct.pack("<IBI", 100, 0x2F, bits) + bytes(95)
    return b"RIFF" + struct.pack("<I", 4 + len(data)) + b"WEBP" + data
