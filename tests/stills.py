"""HEIC and AVIF files of tests: those of tests/images/boxed, and others made of their items.

The writer is not the project's: it lays files out as phones do, with a grid's numbers in the meta
box and small copies, Exif data and depth beside the picture.
"""

import struct
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from predictions.inference.containers import format_of
from predictions.inference.still import still
from tests.pictures import IMAGES

BOXED = IMAGES / "boxed"
ENDINGS = (".heic", ".avif")
NAMES = sorted(path.name for path in BOXED.glob("*-*") if path.suffix in ENDINGS)
PLAIN = {"HEIF": "turned-1-pillow-heif.heic", "AVIF": "turned-1-pillow.avif"}
ESSENTIAL = (b"hvcC", b"av1C", b"irot", b"imir", b"clap", b"must")
# As the picture is turned by it: angle in quarters anticlockwise, mirrored from top to bottom.
TURNS: dict[int, list[tuple[bytes, bytes]]] = {
    1: [],
    2: [(b"imir", b"\1")],
    3: [(b"irot", b"\2")],
    4: [(b"imir", b"\0")],
    5: [(b"irot", b"\1"), (b"imir", b"\0")],
    6: [(b"irot", b"\3")],
    7: [(b"irot", b"\3"), (b"imir", b"\0")],
    8: [(b"irot", b"\1")],
}


@cache
def read(name: str) -> bytes:
    return (BOXED / name).read_bytes()


def path(name: str) -> Path:
    return BOXED / name


class Piece(NamedTuple):
    """An item of a file that is made; `towards` are its references."""

    kind: bytes
    data: bytes
    properties: Sequence[tuple[bytes, bytes]] = ()
    towards: Sequence[tuple[bytes, Sequence[int]]] = ()
    in_meta: bool = False  # its data is in the meta box


def coded(name: str, *, alpha: bool = False) -> Piece:
    """The picture, or the alpha, of one of the files, without what turns it."""
    content = read(name)
    found = still(content, format_of(content) or "")
    layer = found.alpha if alpha else found.colours
    assert layer is not None
    kept = [each for each in layer.item.properties if each.kind in (b"hvcC", b"av1C", b"ispe")]
    return Piece(layer.item.kind, layer.item.data, kept)


def size_of(width: int, height: int) -> tuple[bytes, bytes]:
    return b"ispe", struct.pack(">III", 0, width, height)


def grid(rows: int, columns: int, width: int, height: int, tiles: Sequence[int]) -> Piece:
    numbers = struct.pack(">BBBBHH", 0, 0, rows - 1, columns - 1, width, height)
    return Piece(b"grid", numbers, [size_of(width, height)], [(b"dimg", tiles)], in_meta=True)


def as_a_phone(name: str, turn: int = 1) -> bytes:
    """Two by two tiles of this file, cut on the right and below; and what phones put beside it."""
    tile = coded(name)
    width, height = struct.unpack_from(">II", dict(tile.properties)[b"ispe"], 4)
    whole = grid(2, 2, 2 * width - 10, 2 * height - 6, [1, 2, 3, 4])
    picture = whole._replace(properties=[*whole.properties, *TURNS[turn]])
    small = tile._replace(towards=[(b"thmb", [5])])
    depth = (b"auxC", bytes(4) + b"urn:mpeg:hevc:2015:auxid:2\0")
    behind = tile._replace(properties=[*tile.properties, depth], towards=[(b"auxl", [5])])
    exif = Piece(b"Exif", bytes(4) + EXIF, towards=[(b"cdsc", [5])])
    return file(name, [tile, tile, tile, tile, picture, small, behind, exif], primary=5)


# Turned on its side, which does not count here; by a camera that is not to be told.
EXIF = b"MM\0*\0\0\0\x08\0\2" + struct.pack(">HHIHH", 0x112, 3, 1, 6, 0)
EXIF += struct.pack(">HHII", 0x110, 2, 14, 38) + bytes(4) + b"Secret Camera\0"


def file(name: str, pieces: Sequence[Piece], primary: int = 1) -> bytes:
    """Of the brand of this file, with pieces numbered from 1 on."""
    brand = b"avif" if name.endswith(".avif") else b"heic"
    first = box(b"ftyp", brand + bytes(4) + brand + b"mif1")
    meta = meta_of(pieces, primary, 0)
    meta = meta_of(pieces, primary, len(first) + len(meta) + 8)
    return first + meta + box(b"mdat", b"".join(p.data for p in pieces if not p.in_meta))


def meta_of(pieces: Sequence[Piece], primary: int, data_at: int) -> bytes:
    kinds, places, references, associations, properties = b"", b"", b"", b"", []
    inside = b""
    for number, piece in enumerate(pieces, 1):
        kinds += box(b"infe", struct.pack(">IHH4s", 2 << 24, number, 0, piece.kind) + b"name\0")
        at = len(inside) if piece.in_meta else data_at
        places += struct.pack(">HHHHII", number, piece.in_meta, 0, 1, at, len(piece.data))
        if piece.in_meta:
            inside += piece.data
        else:
            data_at += len(piece.data)
        for kind, towards in piece.towards:
            listed = struct.pack(f">HH{len(towards)}H", number, len(towards), *towards)
            references += box(kind, listed)
        found = []
        for kind, body in piece.properties:
            properties.append(box(kind, body))
            found.append(len(properties) | 0x80 * (kind in ESSENTIAL))
        associations += struct.pack(f">HB{len(found)}B", number, len(found), *found)
    described = box(b"ipco", b"".join(properties))
    described += box(b"ipma", struct.pack(">II", 0, len(pieces)) + associations)
    boxes = [
        box(b"hdlr", bytes(8) + b"pict" + bytes(13)),
        box(b"pitm", struct.pack(">IH", 0, primary)),
        box(b"iinf", struct.pack(">IH", 0, len(pieces)) + kinds),
        box(b"iref", bytes(4) + references) if references else b"",
        box(b"iprp", described),
        box(b"idat", inside) if inside else b"",
        box(b"iloc", struct.pack(">IBBH", 1 << 24, 0x44, 0, len(pieces)) + places),
    ]
    return box(b"meta", bytes(4) + b"".join(boxes))


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body
