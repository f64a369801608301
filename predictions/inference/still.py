"""The picture that a HEIC or AVIF file shows: one coded item or a grid of them, perhaps with alpha.

A file may hold more: small copies, depth, other views, gain maps for bright screens. None of these
is the picture.

Sources: HEIF, ISO/IEC 23008-12, sections 6.5 and 6.6; MIAF, ISO/IEC 23000-22, section 7.3; AVIF
1.1, section 4.
"""

import struct
from fractions import Fraction
from math import floor
from typing import NamedTuple

from predictions.inference import bitstreams
from predictions.inference.bitstreams import Coded
from predictions.inference.containers import Damaged, TooManyParts
from predictions.inference.item_boxes import Meta

CODECS = {"HEIF": b"hvc1", "AVIF": b"av01"}
CONFIGS = {b"hvc1": b"hvcC", b"av01": b"av1C"}
ALPHA = (b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", b"urn:mpeg:hevc:2015:auxid:1")
MOST_TILES = 1000  # of 512 pixels a side: a photograph of 260 megapixels
# Layers, and which of them is shown; of AVIF, section 2.3.2.
LAYERS = (b"a1op", b"lsel", b"a1lx")
TURNS = (b"irot", b"imir", b"clap")
KNOWN = {b"hvcC", b"av1C", b"ispe", b"pixi", b"colr", b"pasp", b"auxC", *LAYERS, *TURNS}
# The places of a picture's corners, from left to right and down, after each Exif orientation.
CORNERS = ("0123", "1032", "3210", "2301", "0213", "2031", "3120", "1302")
QUARTER, OVER, ACROSS = (1, 3, 0, 2), (2, 3, 0, 1), (1, 0, 3, 2)  # anticlockwise; mirrored


class Property(NamedTuple):
    kind: bytes
    body: bytes


class Item(NamedTuple):
    kind: bytes
    data: bytes
    properties: tuple[Property, ...]

    def body_of(self, kind: bytes) -> bytes:
        found = next((body for name, body in self.properties if name == kind), None)
        if found is None:
            raise Damaged
        return found

    @property
    def size(self) -> tuple[int, int]:
        width, height = struct.unpack_from(">II", self.body_of(b"ispe"), 4)
        return width, height

    def coded(self) -> Coded:
        if self.kind == b"hvc1":
            return bitstreams.hevc(self.body_of(b"hvcC"), self.data)
        self.body_of(b"av1C")
        return bitstreams.av1(self.data)


class Layer(NamedTuple):
    """Colours or alpha. tiles: by rows; none if the item is not a grid."""

    item: Item
    tiles: tuple[Item, ...]

    @property
    def pieces(self) -> tuple[Item, ...]:
        return self.tiles or (self.item,)


class Still(NamedTuple):
    """orientation: as of Exif; that of the file's Exif data does not count (MIAF, section 7.3.6.7).

    crop: left, top, width and height of what is shown of it, before it is turned.
    """

    colours: Layer
    alpha: Layer | None
    is_premultiplied: bool
    crop: tuple[int, int, int, int]
    orientation: int
    profile: bytes

    @property
    def layers(self) -> tuple[Layer, ...]:
        return (self.colours, self.alpha) if self.alpha else (self.colours,)


def still(content: bytes, kind: str) -> Still:
    """Of a HEIF or AVIF file.

    Raises:
        Damaged: or it is made of other things than coded pictures and grids of these.
        TooManyParts
    """
    try:
        meta = Meta(content)
        colours = layer(meta, meta.primary, kind)
        alpha = alpha_of(meta)
        shown, orientation = turned(colours.item)
        return Still(
            colours,
            layer(meta, alpha, kind) if alpha else None,
            alpha in meta.references.get((b"prem", meta.primary), []),
            shown,
            orientation,
            profile(colours.item),
        )
    except (struct.error, IndexError, ZeroDivisionError) as error:
        raise Damaged from error


def layer(meta: Meta, number: int, kind: str) -> Layer:
    item = item_of(meta, number)
    if item.kind == CODECS[kind]:
        return Layer(item, ())
    if item.kind != b"grid":
        raise Damaged
    rows, columns, width, height = grid(item.data)
    numbers = meta.references.get((b"dimg", number), [])
    if len(numbers) > MOST_TILES:
        raise TooManyParts
    if len(numbers) != rows * columns or (width, height) != item.size:
        raise Damaged
    if len(set(numbers)) != len(numbers):  # libheif refuses a tile that is used twice
        raise Damaged
    tiles = tuple(item_of(meta, number) for number in numbers)
    wide, high = tiles[0].size
    if any(tile.kind != CODECS[kind] or tile.size != (wide, high) for tile in tiles):
        raise Damaged
    # Each reaches into the picture, and all together cover it.
    if not (columns - 1) * wide < width <= columns * wide:
        raise Damaged
    if not (rows - 1) * high < height <= rows * high:
        raise Damaged
    if sum(len(tile.data) for tile in tiles) > len(meta.content):
        raise Damaged
    return Layer(item, tiles)


def item_of(meta: Meta, number: int) -> Item:
    found = meta.properties_of(number)
    if number not in meta.kinds or any(
        is_essential and box.kind not in KNOWN for box, is_essential in found
    ):
        raise Damaged
    properties = tuple(Property(box.kind, meta.content[box.body : box.end]) for box, _ in found)
    return Item(meta.kinds[number], meta.data_of(number), properties)


def grid(data: bytes) -> tuple[int, int, int, int]:
    """Rows, columns, width and height (section 6.6.2.3)."""
    flags, rows, columns = struct.unpack_from(">xBBB", data)
    width, height = struct.unpack_from(">II" if flags & 1 else ">HH", data, 4)
    return rows + 1, columns + 1, width, height


def alpha_of(meta: Meta) -> int | None:
    """The item that is the primary one's alpha."""
    for (kind, number), towards in meta.references.items():
        if kind == b"auxl" and meta.primary in towards:
            for box, _essential in meta.properties_of(number):
                name = meta.content[box.body + 4 : box.end].split(b"\0")[0]
                if box.kind == b"auxC" and name in ALPHA:
                    return number
    return None


def turned(item: Item) -> tuple[tuple[int, int, int, int], int]:
    """What is shown of it, and how it is turned: properties act in their order."""
    width, height = item.size
    shown, corners = (0, 0, width, height), "0123"
    for kind, body in item.properties:
        if kind == b"clap":
            if corners != "0123" or shown != (0, 0, width, height):  # it comes first, and once
                raise Damaged
            shown = clean_aperture(body, width, height)
        elif kind == b"irot":
            for _quarter in range(body[0] & 3):
                corners = "".join(corners[at] for at in QUARTER)
        elif kind == b"imir":
            corners = "".join(corners[at] for at in (ACROSS if body[0] & 1 else OVER))
    return shown, 1 + CORNERS.index(corners)


def clean_aperture(body: bytes, width: int, height: int) -> tuple[int, int, int, int]:
    """ISO/IEC 14496-12, section 12.1.4."""
    wide, high, right, down = (
        Fraction(*struct.unpack_from(">iI", body, at)) for at in (0, 8, 16, 24)
    )
    left = floor((width - wide) / 2 + right + Fraction(1, 2))
    top = floor((height - high) / 2 + down + Fraction(1, 2))
    shown = left, top, floor(wide), floor(high)
    if min(left, top) < 0 or min(shown[2:]) < 1:
        raise Damaged
    if left + shown[2] > width or top + shown[3] > height:
        raise Damaged
    return shown


def profile(item: Item) -> bytes:
    """Its ICC profile, or nothing."""
    for kind, body in item.properties:
        if kind == b"colr" and body[:4] in (b"prof", b"rICC"):
            return body[4:]
    return b""
