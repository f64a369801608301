"""Writes a HEIC or AVIF file with one picture in it and nothing else.

Sources: those of item_boxes.py.
"""

import struct
from collections.abc import Iterable
from typing import NamedTuple

from predictions.inference.bitstreams import av1_config, av1_data, hevc_config, hevc_data
from predictions.inference.still import CONFIGS, LAYERS, Item, Layer, Property, Still

BRANDS = {"HEIF": (b"heic", b"mif1"), "AVIF": (b"avif", b"mif1", b"miaf")}
# What of a coded item decoders look at. Colours are of two kinds: those that say how samples become
# RGB are kept, profiles are not.
NEEDED = {b"hvcC", b"av1C", b"ispe", b"pixi", b"auxC", *LAYERS}
PRIMARY = 1
HIDDEN = 1  # not a picture of its own


# What readers may pass over; the rest is marked as essential, as libavif wants of turns.
OPTIONAL = (b"ispe", b"pixi", b"colr", b"auxC", b"a1lx")


class Entry(NamedTuple):
    """An item that is written."""

    kind: bytes
    data: bytes
    properties: tuple[Property, ...]


def written(kind: str, picture: Still, told: Iterable[Property] = ()) -> bytes:
    """told: further properties of the picture, in the order in which they act."""
    entries: list[Entry] = []
    references: list[tuple[bytes, int, list[int]]] = []
    for layer in picture.layers:
        number = len(entries) + 1
        further = tuple(told) if number == PRIMARY else ()
        entries.append(entry(layer.item, further))
        add_tiles(layer, number, entries, references)
        if number != PRIMARY:
            references.append((b"auxl", number, [PRIMARY]))
            if picture.is_premultiplied:
                references.append((b"prem", PRIMARY, [number]))
    brands = BRANDS[kind]
    first = box(b"ftyp", brands[0] + bytes(4) + b"".join(brands))
    data = box(b"mdat", b"".join(entry.data for entry in entries))
    meta = meta_box(entries, references, 0)
    meta = meta_box(entries, references, len(first) + len(meta) + 8)
    return first + meta + data


def add_tiles(
    layer: Layer,
    number: int,
    entries: list[Entry],
    references: list[tuple[bytes, int, list[int]]],
) -> None:
    if not layer.tiles:
        return
    first = len(entries) + 1
    entries.extend(entry(tile) for tile in layer.tiles)
    references.append((b"dimg", number, list(range(first, len(entries) + 1))))


def entry(item: Item, further: tuple[Property, ...] = ()) -> Entry:
    kept = tuple(cleaned(each) for each in item.properties if is_needed(each))
    return Entry(item.kind, data_of(item), kept + further)


def is_needed(each: Property) -> bool:
    return each.kind in NEEDED or (each.kind == b"colr" and each.body[:4] == b"nclx")


def cleaned(each: Property) -> Property:
    if each.kind == b"hvcC":
        return Property(each.kind, hevc_config(each.body))
    if each.kind == b"av1C":
        return Property(each.kind, av1_config(each.body))
    return each


def data_of(item: Item) -> bytes:
    if item.kind == b"hvc1":
        return hevc_data(item.body_of(CONFIGS[item.kind]), item.data)
    if item.kind == b"av01":
        return av1_data(item.data)
    return item.data[:12]  # a grid's numbers


def meta_box(
    entries: list[Entry], references: list[tuple[bytes, int, list[int]]], data_at: int
) -> bytes:
    """data_at: where in the file the first item's data starts."""
    kinds = [
        full_box(
            b"infe",
            struct.pack(">HH4s", number, 0, each.kind) + b"\0",
            version=2,
            flags=0 if number == PRIMARY else HIDDEN,
        )
        for number, each in enumerate(entries, 1)
    ]
    extents = []
    for number, each in enumerate(entries, 1):
        extents.append(struct.pack(">HHHII", number, 0, 1, data_at, len(each.data)))
        data_at += len(each.data)
    boxes = [
        full_box(b"hdlr", bytes(4) + b"pict" + bytes(13)),
        full_box(b"pitm", struct.pack(">H", PRIMARY)),
        full_box(b"iloc", struct.pack(">BBH", 0x44, 0, len(entries)) + b"".join(extents)),
        full_box(b"iinf", struct.pack(">H", len(entries)) + b"".join(kinds)),
        properties_box(entries),
    ]
    if references:
        found = [
            box(kind, struct.pack(f">HH{len(towards)}H", source, len(towards), *towards))
            for kind, source, towards in references
        ]
        boxes.insert(4, full_box(b"iref", b"".join(found)))
    return full_box(b"meta", b"".join(boxes))


def properties_box(entries: list[Entry]) -> bytes:
    """Each property is written once, however many items have it."""
    numbers: dict[Property, int] = {}
    for each in entries:
        for one in each.properties:
            numbers.setdefault(one, len(numbers) + 1)
    associations = []
    for number, each in enumerate(entries, 1):
        found = [numbers[one] | 0x8000 * (one.kind not in OPTIONAL) for one in each.properties]
        associations.append(struct.pack(f">HB{len(found)}H", number, len(found), *found))
    ipma = full_box(
        b"ipma", struct.pack(">I", len(entries)) + b"".join(associations), version=0, flags=1
    )
    ipco = box(b"ipco", b"".join(box(one.kind, one.body) for one in numbers))
    return box(b"iprp", ipco + ipma)


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body


def full_box(kind: bytes, body: bytes, version: int = 0, flags: int = 0) -> bytes:
    return box(kind, struct.pack(">I", version << 24 | flags) + body)
