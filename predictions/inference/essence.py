"""What a decoder needs of a file, and nothing else: the first frame, as a still picture of its own.

Decoders read other parts although they do not need them, some in quadratic time, and refuse
pictures for what is wrong in them. They lay a frame that is smaller than its canvas on black or on
the first colour of its palette, where browsers leave the rest transparent.

Sources: those of containers.py; libjpeg's jdmarker.c (examine_app0, examine_app14); libpng's
pngrutil.c (png_handle_tRNS); APNG, PNG third edition, section 11.3.6.
"""

import struct
from collections.abc import Callable, Iterator
from typing import NamedTuple

from predictions.inference.containers import (
    APP0,
    APP14,
    CHUNK_HEADER,
    GIF_CONTROL,
    GIF_IMAGE,
    JPEG_HEADER,
    JPEG_PICTURE,
    PNG_SIGNATURE,
    VP8X_ALPHA,
    VP8X_ANIMATION,
    Damaged,
    Part,
    colour_table,
    is_chunk_whole,
    parts,
    png_chunk,
    riff,
    riff_chunk,
    riff_chunks,
    until_scan,
)
from predictions.inference.still import still
from predictions.inference.still_file import written

JFIF = b"\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0"  # version 1.1, square pixels, no small copy
ADOBE = b"\xff\xee\0\x0eAdobe\0d\0\0\0\0"  # version 100; the transform follows
# PNG, table 8: colour types, and how many levels say what is transparent.
PALETTE, LEVELS = 3, {0: 1, 2: 3}
MOST_COLOURS = 256
WEBP_PIXELS = (b"VP8 ", b"VP8L", b"ALPH")
WEBP_STILL = (b"VP8X", *WEBP_PIXELS)


class Box(NamedTuple):
    """Pixels; left and top may be negative: what lies outside of the canvas is not shown."""

    left: int
    top: int
    width: int
    height: int

    @property
    def size(self) -> tuple[int, int]:
        return self.width, self.height


class Clear(NamedTuple):
    """The level of grey, or of red, green and blue, that is transparent; of so many bits."""

    levels: tuple[int, ...]
    depth: int


class Frame(NamedTuple):
    """A still picture.

    box: where it lies on its canvas, if it may be smaller.
    clear: what is transparent of it where Pillow does not tell: it compares levels that it has
        scaled with one that it has not.
    """

    content: bytes
    box: Box | None = None
    clear: Clear | None = None


def essence(content: bytes, kind: str) -> Frame:
    """The first frame without metadata, Exif data and colour profile; see told.py for these.

    Raises:
        Damaged, TooManyParts
    """
    try:
        return ESSENCES[kind](content, list(parts(content, kind)))
    except (struct.error, IndexError) as error:
        raise Damaged from error


def jpeg_essence(content: bytes, found: list[Part]) -> Frame:
    kept = [content[:2], *colour_segments(content, found), *picture_segments(content, found)]
    return Frame(b"".join(kept))


def picture_segments(content: bytes, found: list[Part]) -> Iterator[bytes]:
    return (content[part.start : part.end] for part in found if part.name in JPEG_PICTURE)


def colour_segments(content: bytes, found: list[Part]) -> Iterator[bytes]:
    """Those that say how components become colours: that it is JFIF, and Adobe's transform."""
    is_jfif, transform = False, None
    for part in until_scan(found):
        data = content[part.start + JPEG_HEADER : part.end]
        if part.name == APP0 and data.startswith(b"JFIF\0") and len(data) >= 14:
            is_jfif = True
        elif part.name == APP14 and data.startswith(b"Adobe") and len(data) >= 12:
            transform = data[11:12]
    if is_jfif:
        yield JFIF
    if transform:
        yield ADOBE + transform


def png_essence(content: bytes, found: list[Part]) -> Frame:
    """The default picture, or the first frame if the animation does not include that picture."""
    names = [part.name for part in found]
    data_at = names.index(b"IDAT") if b"IDAT" in names else len(names)
    head = found[:data_at]
    start = [content[part.start : part.end] for part in head if part.name in (b"IHDR", b"PLTE")]
    pixels = [content[part.start : part.end] for part in found if part.name == b"IDAT"]
    box = None
    if is_animated(content, head) and b"fcTL" not in names[:data_at]:
        box, frame = first_animated(content, found[data_at:])
        if box:
            start[0] = png_chunk(b"IHDR", struct.pack(">II", *box.size) + start[0][16:-4])
            pixels = frame
    colour, clear = start[0][17], b""
    if colour != PALETTE:
        clear = transparency(content, head)
    elif b"PLTE" in names[:data_at]:  # before it, transparency does not count
        clear = transparency(content, head[names.index(b"PLTE") :])
        if 0 < len(clear) <= MOST_COLOURS:
            start.append(png_chunk(b"tRNS", clear))
    whole = b"".join([PNG_SIGNATURE, *start, *pixels, png_chunk(b"IEND", b"")])
    return Frame(whole, box, clear_levels(start[0], clear))


def transparency(content: bytes, head: list[Part]) -> bytes:
    """What the first tRNS chunk holds that decoders do not pass over."""
    for part in head:
        if part.name == b"tRNS" and is_chunk_whole(content, part):
            return content[part.start + CHUNK_HEADER : part.end - 4]
    return b""


def clear_levels(header: bytes, clear: bytes) -> Clear | None:
    """Section 11.3.1.1. Browsers take the lower byte of a level, or both of 16 bits."""
    depth, colour = header[16], header[17]
    count = LEVELS.get(colour)
    if count is None or len(clear) < 2 * count:
        return None
    levels = struct.unpack_from(f">{count}H", clear)
    if depth < 16:
        levels = tuple(level & 0xFF for level in levels)
    return Clear(levels, depth) if max(levels) < 1 << depth else None


def is_animated(content: bytes, head: list[Part]) -> bool:
    """Whether the first acTL chunk is in order and counts frames."""
    control = next((part for part in head if part.name == b"acTL"), None)
    if control is None or not is_chunk_whole(content, control):
        return False
    data = content[control.start + CHUNK_HEADER : control.end - 4]
    return len(data) == 8 and any(data[:4])


def first_animated(content: bytes, found: list[Part]) -> tuple[Box | None, list[bytes]]:
    """Where the first frame lies and its data, or None if browsers show the picture instead."""
    box: Box | None = None
    pixels: list[bytes] = []
    for part in found:
        data = content[part.start + CHUNK_HEADER : part.end - 4]
        if part.name == b"fcTL" and is_chunk_whole(content, part):
            if pixels:
                break
            width, height, left, top = struct.unpack_from(">4I", data, 4)
            box = Box(left, top, width, height)
        elif part.name == b"fdAT" and box:
            pixels.append(png_chunk(b"IDAT", data[4:]))
    return (box, pixels) if pixels else (None, [])


def without_checksum(png: bytes) -> bytes:
    """Without the last four bytes of its data, the checksum of the pixels (RFC 1950, 2.2)."""
    found = list(parts(png, "PNG"))
    head = [png[part.start : part.end] for part in found if part.name not in (b"IDAT", b"IEND")]
    pixels = [
        png[part.start + CHUNK_HEADER : part.end - 4] for part in found if part.name == b"IDAT"
    ]
    data = png_chunk(b"IDAT", b"".join(pixels)[:-4])
    return b"".join([PNG_SIGNATURE, *head, data, png_chunk(b"IEND", b"")])


def gif_essence(content: bytes, found: list[Part]) -> Frame:
    """With a screen of the frame's size."""
    control, header = b"", content[: 13 + colour_table(content[10])]
    for part in found:
        block = content[part.start : part.end]
        if block.startswith(GIF_CONTROL):
            control = block[:7] + b"\0"
        elif part.name == GIF_IMAGE:
            left, top, width, height = struct.unpack_from("<4H", block, 1)
            screen = header[:6] + block[5:9] + header[10:]
            whole = screen + control + block[:1] + bytes(4) + block[5:] + b";"
            return Frame(whole, Box(left, top, width, height))
    raise Damaged


def webp_essence(content: bytes, found: list[Part]) -> Frame:
    """A still picture as it is, but for what it tells."""
    flags = content[found[0].start + CHUNK_HEADER] if found[0].name == b"VP8X" else 0
    frame = next((part for part in found if part.name == b"ANMF"), None)
    if flags & VP8X_ANIMATION and frame:
        at = frame.start + CHUNK_HEADER
        left, top, width, height = (uint24(content, at + skip) for skip in (0, 3, 6, 9))
        box = Box(2 * left, 2 * top, width + 1, height + 1)
        inside = list(riff_chunks(content, at + 16, frame.end))
        pixels = [content[part.start : part.end] for part in inside if part.name in WEBP_PIXELS]
        if any(part.name == b"ALPH" for part in inside):
            size = content[at + 6 : at + 12]
            pixels.insert(0, riff_chunk(b"VP8X", bytes([VP8X_ALPHA, 0, 0, 0]) + size))
        return Frame(riff(pixels), box)
    kept = [content[part.start : part.end] for part in found if part.name in WEBP_STILL]
    if flags:
        kept[0] = kept[0][:8] + bytes([flags & VP8X_ALPHA]) + kept[0][9:]
    return Frame(riff(kept))


def heif_essence(content: bytes, found: list[Part]) -> Frame:
    return still_essence(content, "HEIF")


def avif_essence(content: bytes, found: list[Part]) -> Frame:
    return still_essence(content, "AVIF")


def still_essence(content: bytes, kind: str) -> Frame:
    """The picture before it is cropped and turned, without profile."""
    picture = still(content, kind)
    left, top, *_size = picture.crop
    return Frame(written(kind, picture), Box(-left, -top, *picture.colours.item.size))


def uint24(content: bytes, at: int) -> int:
    return int.from_bytes(content[at : at + 3], "little")


ESSENCES: dict[str, Callable[[bytes, list[Part]], Frame]] = {
    "JPEG": jpeg_essence,
    "PNG": png_essence,
    "GIF": gif_essence,
    "WEBP": webp_essence,
    "HEIF": heif_essence,
    "AVIF": avif_essence,
}
