"""JPEG as a list of segments (ITU-T T.81, section B.1.1), and JPEGs that nobody's camera makes."""

import re
import struct
from random import Random

from tests.fuzz.exif import exif
from tests.fuzz.seeds import named

SOI, EOI, SOS, COMMENT, APP0, APP1, APP2 = 0xD8, 0xD9, 0xDA, 0xFE, 0xE0, 0xE1, 0xE2
ALONE = {0x01, *range(0xD0, 0xDA)}  # markers without a length
FRAMES = {0xC0, 0xC1, 0xC2}
MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
MOST_BYTES = 10_000_000


def split(content: bytes) -> list[bytes]:
    """Its segments, a scan with its data; what cannot be understood is one piece at the end."""
    units, at = [], 0
    while at + 4 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        length = 0 if marker in ALONE else int.from_bytes(content[at + 2 : at + 4], "big")
        after = at + 2 + length
        if marker == SOS:
            following = MARKER.search(content, after)
            after = following.start() if following else len(content)
        units.append(content[at:after])
        at = after
    return [*units, content[at:]] if at < len(content) else units


def join(units: list[bytes]) -> bytes:
    return b"".join(units)


def segment(marker: int, payload: bytes = b"") -> bytes:
    return struct.pack(">BBH", 0xFF, marker, 2 + len(payload)) + payload


def emptied(unit: bytes) -> bytes:
    return unit[:2] + b"\0\2" if len(unit) > 4 else unit


def with_length(unit: bytes, length: int) -> bytes:
    return unit[:2] + struct.pack(">H", length & 0xFFFF) + unit[4:] if len(unit) > 4 else unit


def resized(content: bytes, width: int, height: int) -> bytes:
    """The frame header says so (section B.2.2); the data stay."""
    size = struct.pack(">HH", min(height, 0xFFFF), min(width, 0xFFFF))
    return join(
        [
            unit[:5] + size + unit[9:] if unit[0:1] == b"\xff" and unit[1] in FRAMES else unit
            for unit in split(content)
        ]
    )


def before_the_picture(content: bytes, *segments: bytes) -> bytes:
    return content[:2] + b"".join(segments) + content[2:]


def many(segment: bytes, random: Random) -> bytes:
    """As often as 10 MB have room for, or less often."""
    most = (MOST_BYTES - 100_000) // len(segment)
    return segment * random.choice((most, most // 10, 9_000, 300))


def repeated_scans(random: Random) -> bytes:
    """Each takes the decoder through all pixels again, and needs but a few bytes."""
    seed = named("jpeg-progressive")
    if random.random() < 0.7:
        seed = resized(seed, *random.choice(((1000, 800), (2500, 2500), (5000, 5000), (9000, 100))))
    units = split(seed)
    scans = [unit for unit in units if unit[1] == SOS]
    last = min(scans, key=len)
    times = random.choice((10, 100, 500, 5000, MOST_BYTES // len(last) - 5000))
    return join([*units[:-1], last * times, units[-1]])


def empty_exif_segments(random: Random) -> bytes:
    return before_the_picture(
        named("jpeg-baseline"), many(segment(APP1, b"Exif\0\0"), random), segment(APP1, b"Exif\0\0")
    )


def comments(random: Random) -> bytes:
    return before_the_picture(named("jpeg-baseline"), many(segment(COMMENT), random))


def tables(random: Random) -> bytes:
    units = split(named("jpeg-baseline"))
    table = random.choice([unit for unit in units if unit[1] in (0xC4, 0xDB)])
    return before_the_picture(join(units), many(table, random))


def fill_bytes(random: Random) -> bytes:
    """Any number of FF may lead a marker (section B.1.1.2)."""
    return before_the_picture(named("jpeg-baseline"), many(b"\xff", random))


def icc_in_pieces(random: Random) -> bytes:
    count = random.choice((1, 3, 255))
    size = random.choice((0, 10, 30_000))
    pieces = [
        segment(APP2, b"ICC_PROFILE\0" + bytes((random.choice((number, 1)), count)) + bytes(size))
        for number in range(1, count + 1)
    ]
    return before_the_picture(named("jpeg-baseline"), *pieces)


def exif_in_circles(random: Random) -> bytes:
    pieces = [segment(APP1, b"Exif\0\0" + exif(random)) for _ in range(random.choice((1, 1, 2)))]
    return before_the_picture(named("jpeg-baseline"), *pieces)


def views_in_circles(random: Random) -> bytes:
    """A phone's several views of a scene (CIPA DC-007), whose directory is as Exif's."""
    return before_the_picture(named("jpeg-baseline"), segment(APP2, b"MPF\0" + exif(random)))


def large_xmp(random: Random) -> bytes:
    filling = random.choice((b" ", b"<", b"tiff:Orientation=", b'tiff:Orientation="', b"&a;"))
    text = b"http://ns.adobe.com/xap/1.0/\0" + filling * (60_000 // len(filling))
    times = random.choice((1, 10, 150))
    return before_the_picture(named("jpeg-baseline"), segment(APP1, text) * times)


def restarts(random: Random) -> bytes:
    """A restart after each block (section B.2.4.4), in data that have none, or nothing else."""
    units = split(named("jpeg-baseline"))
    units.insert(-2, segment(0xDD, struct.pack(">H", 1)))
    if random.random() < 0.5:
        numbers = b"".join(bytes((0xFF, 0xD0 + number % 8)) for number in range(100_000))
        units[-2] = units[-2][:14] + numbers
    return join(units)


MONSTERS = (
    repeated_scans,
    empty_exif_segments,
    comments,
    tables,
    fill_bytes,
    icc_in_pieces,
    exif_in_circles,
    views_in_circles,
    large_xmp,
    restarts,
)
