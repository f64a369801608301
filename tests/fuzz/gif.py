"""GIF as a list of blocks (GIF89a, sections 15 to 27), and GIFs of thousands of frames."""

import struct
from random import Random

from tests.fuzz.seeds import named

EXTENSION, IMAGE, TRAILER = 0x21, 0x2C, 0x3B
CONTROL = b"\x21\xf9\x04\x05\x00\x00\x00\x00"
# Two colours, four pixels of the first: clear, 0, 6 (0 0), 0, end.
DOT = b"\x02\x02\x84\x51\x00"


def table_bytes(flags: int) -> int:
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def after_sub_blocks(content: bytes, at: int) -> int:
    while at < len(content) and content[at]:
        at += 1 + content[at]
    return at + 1


def split(content: bytes) -> list[bytes]:
    """Header with the screen, then blocks with their data; the rest is one piece at the end."""
    if len(content) < 13:
        return [content]
    at = 13 + table_bytes(content[10])
    units = [content[:at]]
    while at + 10 < len(content):
        if content[at] == EXTENSION:
            after = after_sub_blocks(content, at + 2)
        elif content[at] == IMAGE:
            after = after_sub_blocks(content, at + 11 + table_bytes(content[at + 9]))
        else:
            break
        units.append(content[at:after])
        at = after
    return [*units, content[at:]] if at < len(content) else units


def join(units: list[bytes]) -> bytes:
    return b"".join(units)


def emptied(unit: bytes) -> bytes:
    if unit[:1] == bytes([IMAGE]) and len(unit) > 11:
        return unit[: 11 + table_bytes(unit[9])] + b"\0"
    return unit[:2] + b"\0" if unit[:1] == bytes([EXTENSION]) else unit


def with_length(unit: bytes, length: int) -> bytes:
    """The first sub-block's."""
    at = 11 + table_bytes(unit[9]) if unit[:1] == bytes([IMAGE]) and len(unit) > 11 else 2
    return unit[:at] + bytes([length & 0xFF]) + unit[at + 1 :] if len(unit) > at else unit


def resized(content: bytes, width: int, height: int) -> bytes:
    """Screen and first frame say so."""
    size = struct.pack("<HH", min(width, 0xFFFF), min(height, 0xFFFF))
    units = split(content[:6] + size + content[10:])
    for at, unit in enumerate(units):
        if unit[:1] == bytes([IMAGE]):
            units[at] = unit[:5] + size + unit[9:]
            break
    return join(units)


def screen(width: int, height: int) -> bytes:
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"


def frame(x: int, y: int, width: int, height: int, data: bytes = DOT) -> bytes:
    return b"\x2c" + struct.pack("<HHHHB", x, y, width, height, 0) + data


def many_frames(random: Random) -> bytes:
    side = random.choice((2, 100, 3000))
    count = random.choice((3000, 30_000, 400_000))
    frames = (CONTROL + frame(0, 0, 2, 2)) * count
    return screen(side, side) + frames[:9_900_000] + b";"


def outside_the_screen(random: Random) -> bytes:
    x, y = random.choice(((60_000, 0), (0, 60_000), (99, 99), (65_535, 65_535)))
    size = random.choice(((2, 2), (65_535, 65_535), (200, 200), (0, 0)))
    frames = (frame(0, 0, 2, 2), frame(x, y, *size))
    return screen(100, 100) + b"".join(random.sample(frames, 2)) * random.choice((1, 50)) + b";"


def large_screen(random: Random) -> bytes:
    """A dot on a wall: what is not drawn has to be filled."""
    size = random.choice(((65_535, 65_535), (7000, 7000), (16_384, 3000), (65_535, 762)))
    frames = (CONTROL + frame(0, 0, 2, 2)) * random.choice((1, 2, 1000))
    return screen(*size) + frames + b";"


def large_frame(random: Random) -> bytes:
    """Clear codes only, or the same pixel over and over, of a frame that never gets full."""
    size = random.choice(((7000, 7000), (16_384, 3000), (65_535, 762)))
    data = random.choice((b"\x24\x49\x92", b"\x84\x8f", bytes(3)))
    block = b"\xff" + (data * 128)[:255]
    blocks = b"\x02" + block * random.choice((1, 3000, 38_000)) + b"\0"
    return screen(*size) + frame(0, 0, *size, blocks) + b";"


def extensions(random: Random) -> bytes:
    units = split(named("gif-animated"))
    small = random.choice((b"\x21\xfe\0", b"\x21\xfe\1a\0", b"\x21\x01\0", CONTROL, b"\x21\xff\0"))
    units.insert(1, small * random.choice((1000, 100_000, 9_000_000 // len(small))))
    return join(units)


def tiny_sub_blocks(random: Random) -> bytes:
    comment = b"\x21\xfe" + b"\1a" * random.choice((1000, 4_500_000)) + b"\0"
    units = split(named("gif"))
    return join([units[0], comment, *units[1:]])


MONSTERS = (
    many_frames,
    outside_the_screen,
    large_screen,
    large_frame,
    extensions,
    tiny_sub_blocks,
)
