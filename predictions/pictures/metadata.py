"""What a photograph tells beside its pixels (place, camera, time), left out on request.

Only containers are rewritten. What shows the picture with equal pixels is kept, everything else
goes: a turned photograph stays turned, and a colour profile keeps its numbers without its names.
Then the result is read again, see traces.py.
"""

import struct
import zlib
from collections.abc import Callable

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from predictions.inference import containers
from predictions.inference.containers import (
    CHUNK_HEADER,
    Part,
    colour_table,
    is_chunk_whole,
    png_chunk,
    riff,
    riff_chunk,
    riff_chunks,
)
from predictions.inference.essence import (
    WEBP_PIXELS,
    WEBP_STILL,
    colour_segments,
    picture_segments,
)
from predictions.inference.pictures import ORIENTATION, orientation
from predictions.inference.still import TURNS, Property, still
from predictions.inference.still_file import written
from predictions.inference.told import EXIF, ICC, profile
from predictions.pictures.checks import UNREADABLE, Refused
from predictions.pictures.profiles import numbers_alone
from predictions.pictures.traces import tells
from predictions.pictures.uploads import PictureUpload

STILL_TELLS = gettext_noop(
    "The file's metadata cannot be removed without a trace. Save the picture again, or send it "
    "with its metadata."
)
# What browsers look at, and animations. iCCP and eXIf are written anew.
PNG_PICTURE = set(
    b"IHDR PLTE IDAT IEND tRNS cHRM cICP gAMA mDCV cLLI sBIT sRGB bKGD acTL fcTL fdAT".split()
)
PNG_NEEDED = {b"IHDR", b"PLTE", b"IDAT", b"fdAT", b"IEND"}  # with a wrong checksum, too
WEBP_PICTURE = {*WEBP_STILL, b"ANIM"}
GIF_LOOP = b"\x21\xff\x0bNETSCAPE2.0\3\1"
# Bytes of a profile in a JPEG's segment, after its numbers (ICC.1:2022, annex B.4).
PIECE = 65_519


def without_metadata(upload: PictureUpload, kind: str) -> PictureUpload:
    """The same picture without what it tells; `kind` is its format.

    Raises:
        Refused: the container is damaged, or something would be left in it.
    """
    upload.seek(0)
    content = upload.read()
    try:
        found = list(containers.parts(content, kind))
        exif_left = exif_of(orientation(content, kind))
        profile_left = numbers_alone(profile(content, kind))
        left = LEFT[kind](content, found, exif_left, profile_left)
    except (ValueError, struct.error, IndexError) as error:
        raise Refused(_(UNREADABLE)) from error
    if tells(left, kind):
        raise Refused(_(STILL_TELLS))
    return PictureUpload.of(left, upload.name, upload.content_type)


def exif_of(orientation: int) -> bytes:
    """Exif data that tells the orientation and nothing else (Exif 2.32, section 4.6), or none."""
    if orientation == 1:
        return b""
    return b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, ORIENTATION, 3, 1, orientation, 0, 0)


def jpeg_left(content: bytes, found: list[Part], exif: bytes, profile: bytes) -> bytes:
    """One that is cut off stays so, and does not look complete."""
    told = [segment(containers.APP1, EXIF + exif)] if exif else []
    pieces = [profile[at : at + PIECE] for at in range(0, len(profile), PIECE)]
    for number, piece in enumerate(pieces, 1):
        told.append(segment(containers.APP2, ICC + bytes([number, len(pieces)]) + piece))
    colours, picture = colour_segments(content, found), picture_segments(content, found)
    return b"".join([content[:2], *colours, *told, *picture])


def segment(marker: int, data: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, 2 + len(data)) + data


def png_left(content: bytes, found: list[Part], exif: bytes, profile: bytes) -> bytes:
    kept = [containers.PNG_SIGNATURE]
    for part in found:
        whole = part.name in PNG_NEEDED or is_chunk_whole(content, part)
        if part.name in PNG_PICTURE and whole:
            kept.append(content[part.start : part.end])
    if profile:  # its name is one that the standard wants and nobody reads
        kept.insert(2, png_chunk(b"iCCP", b"ICC\0\0" + zlib.compress(profile)))
    if exif:
        kept.insert(2, png_chunk(b"eXIf", exif))
    return b"".join(kept)


def webp_left(content: bytes, found: list[Part], exif: bytes, profile: bytes) -> bytes:
    kept = []
    for part in found:
        if part.name in WEBP_PICTURE:
            kept.append(content[part.start : part.end])
        elif part.name == b"ANMF":
            kept.append(frame_left(content, part))
    if kept and kept[0].startswith(b"VP8X"):
        flags = kept[0][CHUNK_HEADER] & (containers.VP8X_ALPHA | containers.VP8X_ANIMATION)
        flags |= containers.VP8X_EXIF if exif else 0
        flags |= containers.VP8X_ICC if profile else 0
        kept[0] = kept[0][:CHUNK_HEADER] + bytes([flags]) + kept[0][CHUNK_HEADER + 1 :]
        if profile:
            kept.insert(1, riff_chunk(b"ICCP", profile))
        if exif:
            kept.append(riff_chunk(b"EXIF", exif))
    return riff(kept)


def frame_left(content: bytes, frame: Part) -> bytes:
    """Its place, time and pixels."""
    start = frame.start + CHUNK_HEADER
    inside = riff_chunks(content, start + 16, frame.end)
    pixels = [content[part.start : part.end] for part in inside if part.name in WEBP_PIXELS]
    return riff_chunk(b"ANMF", content[start : start + 16] + b"".join(pixels))


def gif_left(content: bytes, found: list[Part], exif: bytes, profile: bytes) -> bytes:
    """Images, with how long and how often they are shown and what is transparent."""
    kept = [content[: 13 + colour_table(content[10])]]
    for part in found:
        block = content[part.start : part.end]
        if part.name == containers.GIF_IMAGE:
            kept.append(block)
        elif block.startswith(containers.GIF_CONTROL):
            kept.append(block[:7] + b"\0")
        elif block.startswith(GIF_LOOP):
            kept.append(block[: len(GIF_LOOP) + 2] + b"\0")
    return b"".join(kept) + b";"


def heif_left(content: bytes, found: list[Part], exif: bytes, profile: bytes) -> bytes:
    return still_left(content, "HEIF", profile)


def avif_left(content: bytes, found: list[Part], exif: bytes, profile: bytes) -> bytes:
    return still_left(content, "AVIF", profile)


def still_left(content: bytes, kind: str, profile: bytes) -> bytes:
    """The picture, how it is cropped and turned, and its colours; of a sequence the first one."""
    picture = still(content, kind)
    told = [one for one in picture.colours.item.properties if one.kind in TURNS]
    if profile:
        told.insert(0, Property(b"colr", b"prof" + profile))
    return written(kind, picture, told)


LEFT: dict[str, Callable[[bytes, list[Part], bytes, bytes], bytes]] = {
    "JPEG": jpeg_left,
    "PNG": png_left,
    "WEBP": webp_left,
    "GIF": gif_left,
    "HEIF": heif_left,
    "AVIF": avif_left,
}
