"""HEIC and AVIF as a list of boxes (ISO/IEC 14496-12), and files whose boxes are not true."""

import struct
from random import Random

from tests import stills
from tests.stills import box, coded, file, grid, size_of

BEHIND = (b"mdat", b"moov", b"free", b"ftyp")  # what ends the parts of the meta box
META_HEADER = 12


def split(content: bytes) -> list[bytes]:
    """The boxes of the file, and those of its meta box behind that's header."""
    units, at = [], 0
    while at + 8 <= len(content):
        size = max(int.from_bytes(content[at : at + 4], "big"), 8)
        after = at + (META_HEADER if content[at + 4 : at + 8] == b"meta" else size)
        units.append(content[at:after])
        at = after
    return [*units, content[at:]] if at < len(content) else units


def join(units: list[bytes]) -> bytes:
    """With a size of the meta box that is true."""
    units = list(units)
    for at, unit in enumerate(units):
        if unit[4:8] == b"meta" and len(unit) == META_HEADER:
            inside = META_HEADER
            for other in units[at + 1 :]:
                if other[4:8] in BEHIND:
                    break
                inside += len(other)
            units[at] = struct.pack(">I", inside) + unit[4:]
    return b"".join(units)


def emptied(unit: bytes) -> bytes:
    return box(unit[4:8], b"") if len(unit) > META_HEADER else unit


def with_length(unit: bytes, length: int) -> bytes:
    if len(unit) <= META_HEADER:
        return unit
    return struct.pack(">I", length & 0xFFFFFFFF) + unit[4:]


def resized(content: bytes, width: int, height: int) -> bytes:
    """In all ispe boxes; what decoders read says otherwise."""
    sizes = content.split(b"ispe\0\0\0\0")
    told = struct.pack(">II", width & 0xFFFFFFFF, height & 0xFFFFFFFF)
    return b"ispe\0\0\0\0".join([sizes[0], *(told + rest[8:] for rest in sizes[1:])])


def of_either(random: Random) -> str:
    return random.choice(list(stills.PLAIN.values()))


def many_tiles(random: Random) -> bytes:
    """One tile, again and again."""
    name, side = of_either(random), random.choice((3, 20, 31, 33, 100, 255))
    size = (76 * side - random.randrange(76), 68 * side)
    tiles = grid(side, side, *size, [2] * side * side)
    return file(name, [tiles, coded(name)])


def grid_in_itself(random: Random) -> bytes:
    name = of_either(random)
    pieces = [grid(1, 2, 150, 68, [random.choice((1, 2, 3)) for _ in range(2)]), coded(name)]
    return file(name, [*pieces, grid(1, 1, 150, 68, [1])])


def many_properties(random: Random) -> bytes:
    name = of_either(random)
    piece = coded(name)
    further = random.choice(
        [(b"irot", b"\1"), (b"imir", b"\0"), (b"free", b""), (b"colr", b"prof")]
    )
    count = random.choice((3, 50, 120))  # a byte tells the number of each
    return file(name, [piece._replace(properties=[*piece.properties, *[further] * count])])


def many_items(random: Random) -> bytes:
    name = of_either(random)
    other = stills.Piece(random.choice((b"Exif", b"hvc1", b"mime")), b"x")
    return file(name, [coded(name), *[other] * random.choice((100, 5000, 30_000))])


def large(random: Random) -> bytes:
    """Fifty megapixels in the boxes, and few in what the decoder reads."""
    name = of_either(random)
    piece = coded(name)
    size = random.choice(((7071, 7071), (16_384, 3000), (1, 16_384), (5000, 5000)))
    rest = [each for each in piece.properties if each[0] != b"ispe"]
    return file(name, [piece._replace(properties=[*rest, size_of(*size)])])


def many_frames(random: Random) -> bytes:
    name = of_either(random)
    piece = coded(name)
    return file(name, [piece._replace(data=piece.data * random.choice((2, 7, 5000)))])


def many_boxes(random: Random) -> bytes:
    name = of_either(random)
    content = stills.read(name)
    boxes = box(random.choice((b"free", b"uuid", b"meta")), b"") * random.choice((1000, 900_000))
    return content + boxes if random.random() < 0.5 else content[:28] + boxes + content[28:]


MONSTERS = (
    many_tiles,
    grid_in_itself,
    many_properties,
    many_items,
    large,
    many_frames,
    many_boxes,
)
