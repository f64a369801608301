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


def png_of(width: int, height: int, cut: int = 0) -> bytes:
    """A PNG of this size, RGBA, transparent black; some hundred kilobytes for 50 megapixels.

    cut: so many bytes at the end of the pixels' data are missing, which only a decoder can tell.
    """
    deflate = zlib.compressobj(9)
    row = bytes(1 + 4 * width)
    data = b"".join(deflate.compress(row) for _ in range(height)) + deflate.flush()
    data = data[: len(data) - cut]
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def webp_header(width: int, height: int) -> bytes:
    """A lossless WebP that says it is this large (RFC 9649, section 3.4), and is cut off."""
    bits = (width - 1) | (height - 1) << 14
    data = b"VP8L" + struct.pack("<IBI", 100, 0x2F, bits) + bytes(95)
    return b"RIFF" + struct.pack("<I", 4 + len(data)) + b"WEBP" + data


# --- Files that a decoder reads in another way than whoever looks at their container ------------


def with_hidden_scans(number: int, side: int) -> bytes:
    """A progressive JPEG with more scans behind a reserved marker, which libjpeg passes over while
    it looks for a restart.
    """
    jpeg = encoded((side, side), "JPEG", "L", progressive=True)
    scan = jpeg[jpeg.rindex(b"\xff\xda") :][:10]
    restarts = segment(0xDD, struct.pack(">H", 1))
    return jpeg[:-2] + restarts + scan + segment(0x02, scan * number) + b"\xff\xd9"


def with_second_png_header(width: int, height: int) -> bytes:
    """Pillow takes the second."""
    png = png_of(width, height)
    return png[:8] + png_of(1, 1)[8:33] + png[8:]


def with_second_jpeg_frame(width: int, height: int) -> bytes:
    """Pillow takes the second, libjpeg refuses it."""
    jpeg = encoded((8, 8), "JPEG")
    at = jpeg.index(b"\xff\xc0")
    frame = jpeg[at : at + 19]
    second = frame[:5] + struct.pack(">HH", height, width) + frame[9:]
    return jpeg[:at] + frame + second + jpeg[at + 19 :]


def with_hidden_gif_frame(width: int, height: int) -> bytes:
    """After an empty control block Pillow takes what comes next for more of it: here a frame of a
    pixel, in whose data it meets another.
    """
    hidden = b"\0," + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x08\x02\x00\x01\x00"
    frame = b"," + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x08"
    data = (bytes(ord(",") + 1 - len(frame) - 1) + hidden).ljust(200, b"\0")
    return (
        b"GIF89a"
        + struct.pack("<HHBBB", 1, 1, 0, 0, 0)
        + b"!\xf9\0"
        + frame
        + b"\xc8"
        + data
        + b"\0;"
    )


def with_components_of_one_name(side: int) -> bytes:
    """A JPEG of several scans whose three components have the same name."""
    jpeg = bytearray(encoded((side, side), "JPEG", progressive=True, subsampling=0))
    frame = jpeg.index(b"\xff\xc2")
    jpeg[frame + 13] = jpeg[frame + 16] = jpeg[frame + 10]
    return bytes(jpeg)


# --- What a container does not tell -----------------------------------------------------------


class Bits:
    """Written from the least significant on, as WebP's lossless format reads them."""

    def __init__(self) -> None:
        self.value = self.count = 0
        self.whole = bytearray()

    def put(self, value: int, count: int) -> None:
        self.value |= value << self.count
        self.count += count
        length = self.count // 8
        self.whole += (self.value & ((1 << 8 * length) - 1)).to_bytes(length, "little")
        self.value >>= 8 * length
        self.count -= 8 * length

    def put_code_of_nothing(self) -> None:
        """A simple code of the one symbol 0, which takes no bits (RFC 9649, section 3.7.2.1.1)."""
        self.put(0b0_0_0_1, 4)

    def put_code_of_bytes(self, alphabet: int) -> None:
        """A normal code (section 3.7.2.1.2) of 256 symbols with eight bits each, and no others."""
        self.put(0, 1)
        lengths = (17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8)
        self.put(len(lengths) - 4, 4)
        for length in lengths:  # 0 and 8 are told by one bit
            self.put(length in (0, 8), 3)
        self.put(0, 1)
        for symbol in range(alphabet):
            self.put(symbol < 256, 1)


def webp_with_code_groups(side: int) -> bytes:
    """A lossless WebP in which each block of 4 by 4 pixels has a group of prefix codes of its own.

    libwebp makes tables of some kilobytes for each group, and at most 65,536 of them.
    """
    bits = Bits()
    bits.put(0x2F, 8)
    bits.put(side - 1, 14)
    bits.put(side - 1, 14)
    bits.put(0, 6)  # no alpha, version 0, no transform, no colour cache
    bits.put(1, 4)  # groups, of blocks of 4 by 4
    bits.put(0, 1)  # no colour cache in the image that says which block has which group
    bits.put_code_of_bytes(256 + 24)
    bits.put_code_of_bytes(256)
    for _ in ("blue", "alpha", "distance"):
        bits.put_code_of_nothing()
    groups = (-(-side // 4)) ** 2
    for group in range(groups):
        for byte in (group & 0xFF, group >> 8):
            bits.put(int(f"{byte:08b}"[::-1], 2), 8)
    for _ in range(5 * groups):
        bits.put_code_of_nothing()
    bits.put(0, 64 * 8)
    data = bytes(bits.whole) + bytes(len(bits.whole) % 2)
    chunk = b"VP8L" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk
