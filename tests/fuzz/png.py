"""PNG as a list of chunks (PNG, third edition, chapters 5 and 11), and PNGs that burst."""

import struct
import zlib
from collections.abc import Iterator
from functools import cache
from random import Random
from zlib import crc32

from tests.fuzz.exif import exif

SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by colour type, table 11.1
DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
# Adam7, section 8.1: first column and row of a pass, and its steps.
PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2))
PASSES = (*PASSES, (0, 1, 1, 2))
MEGABYTE = 1 << 20


def split(content: bytes) -> list[bytes]:
    """Signature and chunks; what cannot be understood is one piece at the end."""
    units, at = [content[:8]], 8
    while at + 12 <= len(content):
        after = at + 12 + int.from_bytes(content[at : at + 4], "big")
        units.append(content[at:after])
        at = after
    return [*units, content[at:]] if at < len(content) else units


def join(units: list[bytes]) -> bytes:
    return b"".join(units)


def chunk(name: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", crc32(name + data))


def emptied(unit: bytes) -> bytes:
    return chunk(unit[4:8]) if len(unit) >= 12 else unit


def mended(unit: bytes) -> bytes:
    """With a right length and checksum."""
    return chunk(unit[4:8], unit[8:-4]) if len(unit) >= 12 else unit


def with_length(unit: bytes, length: int) -> bytes:
    return struct.pack(">I", length & 0xFFFFFFFF) + unit[4:] if len(unit) >= 12 else unit


def resized(content: bytes, width: int, height: int) -> bytes:
    """The header says so, with a right checksum; the data stay."""
    units = split(content)
    size = struct.pack(">II", width & 0xFFFFFFFF, height & 0xFFFFFFFF)
    return join([units[0], chunk(b"IHDR", size + units[1][16:21]), *units[2:]])


def header(width: int, height: int, depth: int, colour: int, interlaced: bool = False) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced))


def raw_size(width: int, height: int, depth: int, colour: int, interlaced: bool = False) -> int:
    """Bytes of the pixels before compression, each line led by its filter (section 7.2)."""
    bits = depth * CHANNELS[colour]
    if not interlaced:
        return height * (1 + (width * bits + 7) // 8)
    sizes = (
        (max(0, -(-(width - x) // step_x)), max(0, -(-(height - y) // step_y)))
        for x, y, step_x, step_y in PASSES
    )
    return sum(h * (1 + (w * bits + 7) // 8) for w, h in sizes if w and h)


def palette(colour: int) -> list[bytes]:
    return [chunk(b"PLTE", bytes(range(256)) * 3)] if colour == 3 else []


def drawn(random: Random, depth: int, colour: int, interlaced: bool) -> bytes:
    """A small picture of noise, of a kind that Pillow does not write."""
    width, height = 61, 47
    raw = bytearray(random.randbytes(raw_size(width, height, depth, colour, interlaced)))
    if interlaced:  # filters: where lines begin is not worth working out
        raw = bytearray(bytes(byte & 3 for byte in raw))
    else:
        raw[:: 1 + (width * depth * CHANNELS[colour] + 7) // 8] = bytes(height)
    data = chunk(b"IDAT", zlib.compress(bytes(raw), 1))
    head = header(width, height, depth, colour, interlaced)
    return join([SIGNATURE, head, *palette(colour)[:1], data, chunk(b"IEND")])


@cache
def flushed_megabyte() -> bytes:
    """A megabyte of zeros, deflated so that it can be said again and again (Z_FULL_FLUSH)."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    return deflate.compress(bytes(MEGABYTE)) + deflate.flush(zlib.Z_FULL_FLUSH)


def zeros(size: int) -> bytes:
    """So many zeros as a zlib stream (RFC 1950), a thousandth as long, without making them."""
    rest = zlib.compressobj(9, zlib.DEFLATED, -15)
    end = rest.compress(bytes(size % MEGABYTE)) + rest.flush()
    adler = (size % 65521) << 16 | 1
    return b"\x78\xda" + flushed_megabyte() * (size // MEGABYTE) + end + struct.pack(">I", adler)


def flat(width: int, height: int, depth: int, colour: int, interlaced: bool = False) -> bytes:
    """A whole picture of zeros, of any size."""
    data = zeros(raw_size(width, height, depth, colour, interlaced))
    head = header(width, height, depth, colour, interlaced)
    return join([SIGNATURE, head, *palette(colour), chunk(b"IDAT", data), chunk(b"IEND")])


def kind(random: Random) -> tuple[int, int]:
    """Bit depth and colour type."""
    colour = random.choice(list(CHANNELS))
    return random.choice(DEPTHS[colour]), colour


def bomb(random: Random) -> bytes:
    """Up to fifty million pixels, and some over, in any shape and of any kind."""
    size = random.choice(
        (
            *((1, 50_000_000), (50_000_000, 1), (7071, 7071), (16_384, 3051), (3051, 16_384)),
            *((7072, 7072), (16_385, 10), (2000, 2000), (500, 100_000)),
        )
    )
    return flat(*size, *kind(random), interlaced=random.random() < 0.5)


def more_than_it_says(random: Random) -> bytes:
    """The pixels of a small picture, and hundreds of megabytes behind them."""
    data = zeros(random.choice((10, 300, 1000)) * MEGABYTE)
    head = header(64, 64, *kind(random), interlaced=random.random() < 0.5)
    return join([SIGNATURE, head, *palette(3), chunk(b"IDAT", data), chunk(b"IEND")])


def large_with_little(random: Random) -> bytes:
    """The header promises much, the data end soon."""
    size = random.choice(((7000, 7000), (1, 49_000_000), (16_384, 3000)))
    head = header(*size, *kind(random), interlaced=random.random() < 0.5)
    data = chunk(b"IDAT", zlib.compress(bytes(1000)))
    return join([SIGNATURE, head, *palette(3), data, chunk(b"IEND")])


def texts(random: Random) -> Iterator[bytes]:
    """Compressed profile and texts that inflate to up to a gigabyte."""
    burst = zeros(random.choice((2, 60, 1000)) * MEGABYTE)
    yield chunk(b"iCCP", b"icc\0\0" + burst)
    yield chunk(b"zTXt", b"Comment\0\0" + burst)
    yield chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + burst)


def bursting_text(random: Random) -> bytes:
    """Before the pixels, behind them, or several."""
    text = random.choice(list(texts(random))) * random.choice((1, 1, 5))
    units = split(flat(64, 48, 8, 2))
    units.insert(random.choice((2, len(units) - 1)), text)
    return join(units)


def many_chunks(random: Random) -> bytes:
    """Up to 400,000, of those that decoders know and of those they do not."""
    small = random.choice(
        (
            *(chunk(name) for name in (b"IDAT", b"zzZz", b"eXIf", b"tIME")),
            *(chunk(b"tEXt", b"a\0b"), chunk(b"iTXt", b"a\0\0\0\0\0b")),
            *(chunk(b"zTXt", b"a\0\0" + zlib.compress(b"")), chunk(b"gAMA", bytes(4))),
            *(chunk(b"PLTE", bytes(3)), chunk(b"tRNS", bytes(6))),
        )
    )
    units = split(flat(64, 48, 8, 2))
    units.insert(random.choice((2, len(units) - 1)), small * random.choice((400_000, 20_000, 900)))
    return join(units)[:9_900_000]


def many_frames(random: Random) -> bytes:
    """An animation (section 11.3.6) of thousands of frames, within the picture and outside."""
    side, count = 64, random.choice((3, 500, 20_000))
    said = random.choice((count, 1, 0, 0x7FFFFFFF))
    units = split(flat(side, side, 8, 2))
    units.insert(2, chunk(b"acTL", struct.pack(">II", said, 0)))
    frames = []
    for number in range(count):
        x = random.choice((0, 0, 0, 32, 60, 0x7FFFFFFF))
        control = (2 * number, 8, 8, x, 0, 1, 10, number % 3, number % 2)
        frames.append(chunk(b"fcTL", struct.pack(">IIIIIHHBB", *control)))
        data = struct.pack(">I", 2 * number + 1) + zlib.compress(bytes(8 * 25))
        frames.append(chunk(b"fdAT", data))
    return join([*units[:-1], *frames, units[-1]])


def exif_in_circles(random: Random) -> bytes:
    units = split(flat(64, 48, 8, 2))
    units.insert(random.choice((2, len(units) - 1)), chunk(b"eXIf", exif(random)))
    return join(units)


MONSTERS = (
    bomb,
    more_than_it_says,
    large_with_little,
    bursting_text,
    many_chunks,
    many_frames,
    exif_in_circles,
)
