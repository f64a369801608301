"""WebP as a list of chunks (RFC 9649), and WebPs whose sizes are not true."""

import struct
from random import Random

from tests.fuzz.exif import exif
from tests.fuzz.seeds import named

ANIMATION, EXIF, ALPHA = 0x02, 0x08, 0x10  # flags of VP8X, section 2.7.1


def split(content: bytes) -> list[bytes]:
    """RIFF header and chunks; what cannot be understood is one piece at the end."""
    units, at = [content[:12]], 12
    while at + 8 <= len(content):
        length = int.from_bytes(content[at + 4 : at + 8], "little")
        after = at + 8 + length + length % 2
        units.append(content[at:after])
        at = after
    return [*units, content[at:]] if at < len(content) else units


def join(units: list[bytes]) -> bytes:
    """With a size that is true, unless the header itself was changed."""
    content = b"".join(units)
    if content[:4] != b"RIFF":
        return content
    return content[:4] + struct.pack("<I", len(content) - 8) + content[8:]


def chunk(name: bytes, data: bytes = b"") -> bytes:
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def emptied(unit: bytes) -> bytes:
    return chunk(unit[:4]) if len(unit) > 8 else unit


def with_length(unit: bytes, length: int) -> bytes:
    return unit[:4] + struct.pack("<I", length & 0xFFFFFFFF) + unit[8:] if len(unit) > 8 else unit


def resized(content: bytes, width: int, height: int) -> bytes:
    """Canvas and bitstreams say so (sections 2.7.1 and 3.4; RFC 6386, section 9.1)."""
    units = split(content)
    for at, unit in enumerate(units):
        if unit[:4] == b"VP8X":
            units[at] = unit[:12] + uint24(width - 1) + uint24(height - 1) + unit[18:]
        if unit[:4] == b"VP8 ":
            units[at] = unit[:14] + struct.pack("<HH", width & 0x3FFF, height & 0x3FFF) + unit[18:]
        if unit[:4] == b"VP8L":
            rest = int.from_bytes(unit[9:13], "little") & ~0x0FFFFFFF
            size = (width - 1) & 0x3FFF | ((height - 1) & 0x3FFF) << 14
            units[at] = unit[:9] + struct.pack("<I", rest | size) + unit[13:]
    return join(units)


def uint24(number: int) -> bytes:
    return struct.pack("<I", number & 0xFFFFFF)[:3]


def canvas(flags: int, width: int, height: int) -> bytes:
    return chunk(b"VP8X", bytes([flags, 0, 0, 0]) + uint24(width - 1) + uint24(height - 1))


def wrong_riff_size(random: Random) -> bytes:
    content = named(random.choice(("webp", "webp-lossless", "webp-animated")))
    said = random.choice((0, 4, 12, len(content), len(content) * 2, 0xFFFFFFFF, 0x7FFFFFFE))
    return content[:4] + struct.pack("<I", said) + content[8:]


def large_canvas(random: Random) -> bytes:
    """A still picture or an animation on a canvas it does not fill (section 2.7.1.1)."""
    size = random.choice(((16_383, 16_383), (7000, 7000), (1 << 24, 1), (16_384, 3000)))
    picture = split(named("webp-lossless"))[-1]
    if random.random() < 0.3:
        return join([b"RIFF\0\0\0\0WEBP", canvas(ALPHA, *size), picture])
    place = uint24(0) * 2 + uint24(63) + uint24(47) + uint24(10) + b"\0"
    frame = chunk(b"ANMF", place + picture)
    frames = [frame] * random.choice((1, 3, 200))
    animation = [canvas(ALPHA | ANIMATION, *size), chunk(b"ANIM", bytes(6))]
    return join([b"RIFF\0\0\0\0WEBP", *animation, *frames])[:9_900_000]


def many_frames(random: Random) -> bytes:
    units = split(named("webp-animated"))
    frame = min((unit for unit in units if unit[:4] == b"ANMF"), key=len)
    most = min(20_000, 9_000_000 // len(frame))
    return join([*units, frame * random.choice((most, most // 10, 30))])


def many_chunks(random: Random) -> bytes:
    small = random.choice(
        (chunk(b"zzzz"), chunk(b"EXIF"), chunk(b"ICCP"), chunk(b"VP8X", bytes(10)))
    )
    count = random.choice((1000, 30_000, 9_000_000 // len(small)))
    units = split(named("webp-extended"))
    units.insert(random.choice((1, 2, len(units))), small * count)
    return join(units)


def large_lossless(random: Random) -> bytes:
    """268 million pixels, or fifty, in bits that end soon."""
    size = random.choice(((16_384, 16_384), (16_383, 3051), (7071, 7071), (1, 16_384)))
    return resized(named("webp-lossless"), *size)


def exif_in_circles(random: Random) -> bytes:
    units = split(named("webp-extended"))
    kept = [unit for unit in units[1:] if unit[:4] not in (b"VP8X", b"EXIF")]
    return join([units[0], canvas(EXIF, 64, 48), *kept, chunk(b"EXIF", exif(random))])


MONSTERS = (
    wrong_riff_size,
    large_canvas,
    many_frames,
    many_chunks,
    large_lossless,
    exif_in_circles,
)
