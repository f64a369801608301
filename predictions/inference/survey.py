"""What a picture asks of a decoder, told before one sees it: a few bytes can ask for gigabytes."""

import struct
from collections.abc import Callable, Iterator
from typing import NamedTuple

from predictions.inference.containers import (
    EOI,
    FRAMES,
    GIF_IMAGE,
    PROGRESSIVE,
    SOS,
    Damaged,
    Part,
    format_of,
    is_chunk_whole,
    parts,
)
from predictions.inference.still import Still, still

# RFC 9649, section 2.7: chunks that are, or may hold, lossless data.
WEBP_LOSSLESS = {b"VP8L", b"ALPH", b"ANMF"}
WRONG_CHECKSUM = "The PNG file is damaged: the checksum of its %(chunk)s chunk is wrong."
# A picture cannot be shown correctly without these. Damaged pixels are shown as they are.
PNG_CRITICAL = (b"IHDR", b"PLTE")
# As long as libjpeg visits so many samples, these decoders take for a pixel.
VISITS = {"HEIF": 16, "AVIF": 8}
PNG_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # PNG, third edition, table 8: by colour type


class Survey(NamedTuple):
    """What decoding a picture takes, told from its container.

    work: samples a decoder has to visit; a scan of a progressive JPEG visits all of its components
        again, however few bytes it has.
    memory: bytes that Pillow and the libraries below it hold at the worst moment between opening
        the picture and having it upright and as RGB (measured with Pillow 13: it keeps RGB in four
        bytes; libjpeg keeps two for each sample of a picture of several scans; libwebp's animation
        decoder and its copies keep 16 for each pixel and some lines; those of AVIF and HEIC the
        planes of the codec, of one byte for a sample of 8 bits, beside RGB in bytes and Pillow's).
    fixed: how much of the memory does not become less when the picture is decoded reduced: the
        coefficients of a JPEG of several scans; all of it without its end, see pictures.complete.
    is_certain: whether the container tells all of the memory. The tables of a lossless WebP, up to
        65,536 groups of prefix codes (RFC 9649, section 3.7), are told by its compressed data only.
    """

    format: str
    width: int
    height: int
    work: int
    memory: int
    is_certain: bool = True
    fixed: int = 0

    def reduced(self, factor: int) -> "Survey":
        """What it takes to decode a JPEG at half, a quarter or an eighth of its sides."""
        return self._replace(memory=self.fixed + (self.memory - self.fixed) // factor**2)


def survey(content: bytes) -> Survey:
    """What decoding this picture takes.

    Raises:
        Damaged: not a picture of these kinds, or its size is missing.
        TooManyParts
    """
    kind = format_of(content)
    if kind is None:
        raise Damaged
    try:
        return SURVEYS[kind](content, parts(content, kind))
    except (struct.error, IndexError) as error:
        raise Damaged from error


def survey_jpeg(content: bytes, found: Iterator[Part]) -> Survey:
    size = None
    progressive, scans, work = False, 0, 0
    samples: list[tuple[int, int]] = []  # of each component; libjpeg takes two of one name, too
    part = None
    for part in found:
        if part.name in FRAMES and size is None:
            height, width, count = struct.unpack_from(">HHB", content, part.start + 5)
            described = content[part.start + 10 : part.start + 10 + 3 * count]
            size, progressive = (width, height), part.name in PROGRESSIVE
            factors = [(described[at], described[at + 1]) for at in range(0, 3 * count, 3)]
            across = max((factor >> 4 for _, factor in factors), default=0) or 1
            down = max((factor & 15 for _, factor in factors), default=0) or 1
            samples = [
                (name, -(-width * (factor >> 4) // across) * -(-height * (factor & 15) // down))
                for name, factor in factors
            ]
        elif part.name == SOS and size:
            count = content[part.start + 4]
            named = [content[part.start + 5 + 2 * at] for at in range(count)]
            work += sum(visited for name, visited in samples if name in named)
            scans += 1
            progressive = progressive or len(named) < len(samples)
    if size is None or not samples:
        raise Damaged
    width, height = size
    pixels = width * height
    colours = len(samples) > 1
    kept = pixels * (4 if colours else 1)
    # Two bytes for each sample until the last scan is read, if there may be several.
    coefficients = 2 * sum(visited for _, visited in samples) if progressive or scans > 1 else 0
    memory = max(kept + coefficients, kept + 4 * pixels, 8 * pixels)
    # Without its end it is decoded three times, to see what else is missing.
    has_end = part is not None and part.name == EOI
    times, fixed = (1, coefficients) if has_end else (3, memory)
    return Survey("JPEG", width, height, times * (work + pixels), memory, fixed=fixed)


def survey_png(content: bytes, found: Iterator[Part]) -> Survey:
    first = next(found, None)
    if first is None or first.name != b"IHDR":
        raise Damaged
    width, height, _depth, colour = struct.unpack_from(">IIBB", content, first.start + 8)
    for part in (first, *found):
        if part.name in PNG_CRITICAL and not is_chunk_whole(content, part):
            raise Damaged(WRONG_CHECKSUM, chunk=part.name.decode())
    pixels = width * height
    return Survey("PNG", width, height, pixels * PNG_CHANNELS.get(colour, 4), 8 * pixels)


def survey_gif(content: bytes, found: Iterator[Part]) -> Survey:
    width, height = struct.unpack_from("<HH", content, 6)
    first = next((part for part in found if part.name == GIF_IMAGE), None)
    if first is None:
        raise Damaged
    left, top, wide, high = struct.unpack_from("<HHHH", content, first.start + 1)
    # Pillow's canvas grows with a frame that reaches beyond it.
    width, height = max(width, left + wide), max(height, top + high)
    return Survey("GIF", width, height, width * height, 8 * width * height)


def survey_webp(content: bytes, found: Iterator[Part]) -> Survey:
    size, is_certain = None, True
    for part in found:
        at = part.start + 8
        is_certain = is_certain and part.name not in WEBP_LOSSLESS
        if size is not None:
            continue
        if part.name == b"VP8X":
            size = tuple(
                1 + int.from_bytes(content[at + skip : at + skip + 3], "little") for skip in (4, 7)
            )
        elif part.name == b"VP8L":
            bits = struct.unpack_from("<I", content, at + 1)[0]
            size = 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
        elif part.name == b"VP8 ":
            size = tuple(side & 0x3FFF for side in struct.unpack_from("<HH", content, at + 6))
    if size is None:
        raise Damaged
    width, height = size
    pixels = width * height
    return Survey("WEBP", width, height, 4 * pixels, 16 * pixels, is_certain)


def survey_heif(content: bytes, found: Iterator[Part]) -> Survey:
    return survey_still("HEIF", still(content, "HEIF"))


def survey_avif(content: bytes, found: Iterator[Part]) -> Survey:
    return survey_still("AVIF", still(content, "AVIF"))


def survey_still(kind: str, picture: Still) -> Survey:
    width, height = picture.crop[2:]
    whole_width, whole_height = picture.colours.item.size
    whole = whole_width * whole_height
    work = planes = 0
    for layer in picture.layers:
        for piece in layer.pieces:
            coded = piece.coded()
            wide, high = piece.size
            work += coded.pixels * (VISITS[kind] + coded.passes - 1)
            # libavif scales a picture to the size that the boxes tell.
            planes += int(max(coded.pixels, wide * high) * coded.bytes_each)
    alpha = 4 if picture.alpha else 0
    if kind == "AVIF":  # the planes stay, and what has alpha, until it lies on white
        memory = planes + (8 + alpha) * whole
    else:  # the planes twice and RGB made of them, or RGB and Pillow's
        channels = alpha or 3
        memory = max(2 * planes + channels * whole, (channels + 5) * whole)
    return Survey(kind, width, height, work, memory)


SURVEYS: dict[str, Callable[[bytes, Iterator[Part]], Survey]] = {
    "JPEG": survey_jpeg,
    "PNG": survey_png,
    "GIF": survey_gif,
    "WEBP": survey_webp,
    "HEIF": survey_heif,
    "AVIF": survey_avif,
}
