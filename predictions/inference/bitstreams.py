"""What the coded data inside HEIC and AVIF files asks of its decoder, and only what that needs.

A file states the size of its pictures twice, in its boxes and in what the decoder reads. The
second counts: memory is taken by it.

Sources: HEVC, ITU-T H.265, sections 7.3.1 to 7.3.6; its configuration, ISO/IEC 14496-15, section
8.3.3.1; AV1 Bitstream and Decoding Process, sections 5.3 to 5.5.
"""

from collections.abc import Iterator
from typing import NamedTuple

from predictions.inference.bits import Bits
from predictions.inference.containers import MAX_PARTS, Damaged, TooManyParts

# Layers of a picture that is shown better and better; one of each scan of a JPEG.
MOST_FRAMES = 8
# Level 6.2 of HEVC allows so many slices (table A.8).
MOST_SLICES = 600
# Bytes of a header; those of photographs have some tens. HEVC numbers 16 SPS, 64 PPS at most.
MOST_HEADER = 4096
MOST_PARAMETERS = 100

LAST_PICTURE_UNIT, SPS, PARAMETERS = 31, 33, (32, 33, 34)  # HEVC, table 7-1
SEQUENCE, FRAME_HEADER, FRAME = 1, 3, 6  # AV1, section 6.2.2
AV1_PICTURE = {SEQUENCE, FRAME_HEADER, 4, FRAME, 7}  # with tile groups and repeated headers
CHROMA = {0: 0.0, 1: 0.5, 2: 1.0, 3: 2.0}  # samples of colour for each pixel, by chroma_format_idc


class Coded(NamedTuple):
    """Samples that a decoder makes of one coded picture.

    pixels: with those that are cut off at its edges.
    bytes_each: that the planes hold for each pixel.
    passes: how often its pixels may be visited.
    """

    pixels: int
    bytes_each: float
    passes: int


def hevc(config: bytes, data: bytes) -> Coded:
    """Of an item's hvcC box and its data."""
    sizes = [sps(unit) for kind, unit in hevc_parameters(config) if kind == SPS]
    if not sizes:
        raise Damaged
    firsts = slices = 0
    for unit in picture_units(config, data):
        slices += 1
        firsts += len(unit) > 2 and unit[2] >> 7  # first_slice_segment_in_pic_flag
    if firsts != 1:
        raise Damaged
    if slices > MOST_SLICES:
        raise TooManyParts
    pixels, bytes_each = max(sizes)
    return Coded(pixels, bytes_each, slices)


def hevc_parameters(config: bytes) -> Iterator[tuple[int, bytes]]:
    """Kind and content of each unit that stands before the picture."""
    at = 23
    for _array in range(config[22]):
        kind = config[at] & 0x3F
        count = int.from_bytes(config[at + 1 : at + 3], "big")
        if count > MOST_PARAMETERS:
            raise TooManyParts
        at += 3
        for _unit in range(count):
            length = int.from_bytes(config[at : at + 2], "big")
            at += 2 + length
            if at > len(config) or not length:
                raise Damaged
            yield kind, config[at - length : at]


def hevc_config(config: bytes) -> bytes:
    """Without what is no parameter set: some encoders write their name and options here."""
    kept = [(kind, unit) for kind, unit in hevc_parameters(config) if kind in PARAMETERS]
    arrays = b"".join(
        bytes([0x80 | kind, 0, 1]) + len(unit).to_bytes(2, "big") + unit for kind, unit in kept
    )
    return config[:22] + bytes([len(kept)]) + arrays


def picture_units(config: bytes, data: bytes) -> Iterator[bytes]:
    """Those that hold the picture, of its base layer."""
    size, at, number = (config[21] & 3) + 1, 0, 0
    while at < len(data):
        number += 1
        if number > MAX_PARTS:
            raise TooManyParts
        length = int.from_bytes(data[at : at + size], "big")
        at += size + length
        if at > len(data) or length < 2:
            raise Damaged
        unit = data[at - length : at]
        layer = (unit[0] & 1) << 5 | unit[1] >> 3
        if unit[0] >> 1 <= LAST_PICTURE_UNIT and layer == 0:
            yield unit


def hevc_data(config: bytes, data: bytes) -> bytes:
    """Without messages to players (SEI), in which encoders write what they like."""
    size = (config[21] & 3) + 1
    units = picture_units(config, data)
    return b"".join(len(unit).to_bytes(size, "big") + unit for unit in units)


def sps(unit: bytes) -> tuple[int, float]:
    """Pixels, and bytes for each, of a sequence parameter set (section 7.3.2.2)."""
    if unit[0] & 1 or unit[1] >> 3:  # of another layer, in another form
        return 0, 0
    bits = Bits(unit[2:MOST_HEADER].replace(b"\0\0\3", b"\0\0"))
    bits.read(4)
    layers = bits.read(3)
    bits.read(1 + 88 + 8)
    present = [(bits.read(1), bits.read(1)) for _ in range(layers)]
    bits.read(2 * (8 - layers) if layers else 0)
    for profile, level in present:
        bits.read(88 * profile + 8 * level)
    bits.exp_golomb()
    chroma = bits.exp_golomb()
    if chroma not in CHROMA:
        raise Damaged
    bits.read(chroma == 3)
    width, height = bits.exp_golomb(), bits.exp_golomb()
    if bits.read(1):
        for _ in range(4):
            bits.exp_golomb()
    deep = bool(bits.exp_golomb()) or bool(bits.exp_golomb())
    return width * height, (1 + CHROMA[chroma]) * (1 + deep)


def av1(data: bytes) -> Coded:
    """Of an item's data."""
    headers, frames = set(), 0
    for kind, body, _whole in obus(data):
        if kind == SEQUENCE:
            headers.add(body)
        frames += kind in (FRAME, FRAME_HEADER)
    if not headers or not frames:
        raise Damaged
    if max(frames, len(headers)) > MOST_FRAMES:
        raise TooManyParts
    sizes = [sequence(body) for body in headers]
    pixels, bytes_each = max(sizes)
    return Coded(pixels, bytes_each, frames)


def obus(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Kind, content and all of each unit that holds the picture."""
    at = number = 0
    while at < len(data):
        number += 1
        if number > MAX_PARTS:
            raise TooManyParts
        start, first = at, data[at]
        at += 2 if first & 4 else 1
        length = len(data) - at
        if first & 2:
            length, at = leb128(data, at)
        at += length
        if at > len(data) or length < 0:
            raise Damaged
        kind = first >> 3 & 15
        if kind in AV1_PICTURE:
            yield kind, data[at - length : at], data[start:at]


def leb128(data: bytes, at: int) -> tuple[int, int]:
    """The number there and where it ends (section 4.10.5)."""
    value = 0
    for number in range(8):
        value |= (data[at] & 0x7F) << 7 * number
        at += 1
        if data[at - 1] < 0x80:
            return value, at
    raise Damaged


def av1_data(data: bytes) -> bytes:
    """Without metadata and filling."""
    return b"".join(whole for _kind, _body, whole in obus(data))


def av1_config(config: bytes) -> bytes:
    """The same of an av1C box (AV1 in ISO base media, section 2.3)."""
    return config[:4] + av1_data(config[4:])


def sequence(body: bytes) -> tuple[int, float]:
    """The most pixels, and bytes for each, of a sequence header (section 5.5)."""
    bits = Bits(body[:MOST_HEADER])
    profile = bits.read(3)
    bits.read(1)
    is_reduced = bits.read(1)
    if is_reduced:
        bits.read(5)
    else:
        operating_points(bits)
    wide, high = bits.read(4) + 1, bits.read(4) + 1
    width, height = bits.read(wide) + 1, bits.read(high) + 1
    if not is_reduced and bits.read(1):
        bits.read(4 + 3)
    bits.read(3)
    if not is_reduced:
        tools(bits)
    bits.read(3)
    deep = bits.read(1)
    if profile == 2 and deep:
        bits.read(1)
    is_grey = profile != 1 and bits.read(1)
    chroma = 0 if is_grey else 0.5 if profile == 0 else 2
    return width * height, (1 + chroma) * (1 + deep)


def operating_points(bits: Bits) -> None:
    delay = 0
    if bits.read(1):  # timing_info_present_flag
        bits.read(64)
        if bits.read(1):
            bits.exp_golomb()
        if bits.read(1):  # decoder_model_info_present_flag
            delay = bits.read(5) + 1
            bits.read(32 + 5 + 5)
    has_display_delay = bits.read(1)
    for _point in range(bits.read(5) + 1):
        bits.read(12)
        if bits.read(5) > 7:
            bits.read(1)
        if delay and bits.read(1):
            bits.read(2 * delay + 1)
        if has_display_delay and bits.read(1):
            bits.read(4)


def tools(bits: Bits) -> None:
    bits.read(4)
    has_order = bits.read(1)
    if has_order:
        bits.read(2)
    chooses_screen = bits.read(1)
    if (chooses_screen or bits.read(1)) and not bits.read(1):
        bits.read(1)
    if has_order:
        bits.read(3)
