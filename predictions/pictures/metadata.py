"""What a photograph tells beside its pixels (place, camera, time), left out on request.

Only containers are rewritten. Parts that the pixels need are kept, everything else goes. A turned
photograph keeps its orientation, without which it would lie on its side.
"""

import struct
from collections.abc import Callable
from zlib import crc32

from predictions.inference import containers
from predictions.inference.containers import Part, colour_table, parts
from predictions.inference.pictures import ORIENTATION, orientation
from predictions.pictures.uploads import PictureUpload

# Of a JPEG's application segments only those stay without which colours would change.
JPEG_COLOURS = (
    (containers.APP0, containers.JFIF),
    (containers.APP2, containers.ICC),
    (containers.APP14, containers.ADOBE),
)
# WebP, RFC 9649, section 2.7: the bits of what goes in the flags of VP8X.
WEBP_XMP, WEBP_EXIF = 0x04, 0x08
# Bytes before a chunk's or segment's content.
JPEG_HEADER, CHUNK_HEADER = 4, 8


def without_metadata(upload: PictureUpload, kind: str) -> PictureUpload:
    """The same picture without what it tells; `kind` is JPEG, PNG, WEBP or GIF.

    Raises:
        ValueError: the container is damaged.
    """
    upload.seek(0)
    content = upload.read()
    try:
        left = LEFT[kind](content, list(parts(content, kind)))
    except (struct.error, IndexError) as error:
        raise containers.Damaged from error
    return PictureUpload.of(left, upload.name, upload.content_type)


def exif_of(orientation: int) -> bytes:
    """Exif data that tells the orientation and nothing else (Exif 2.32, section 4.6), or none."""
    if orientation == 1:
        return b""
    return b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, ORIENTATION, 3, 1, orientation, 0, 0)


def orientation_alone(content: bytes, found: list[Part], name: int | bytes, header: int) -> bytes:
    """Exif data that turns the picture as its first Exif data of this name does."""
    for part in found:
        told = content[part.start + header : part.end]
        if part.name == name and (name != containers.APP1 or told.startswith(containers.EXIF)):
            return exif_of(orientation(told))
    return b""


def jpeg_left(content: bytes, found: list[Part]) -> bytes:
    if not found or found[-1].name != containers.EOI:
        raise containers.Damaged  # cut off, and should not look complete
    exif = orientation_alone(content, found, containers.APP1, JPEG_HEADER)
    kept = [content[:2]]
    if exif:
        exif = containers.EXIF + exif
        kept.append(struct.pack(">BBH", 0xFF, containers.APP1, 2 + len(exif)) + exif)
    kept += [content[part.start : part.end] for part in found if is_picture(content, part)]
    return b"".join(kept)


def is_picture(content: bytes, part: Part) -> bool:
    if part.name in containers.APPLICATIONS:
        return any(
            part.name == kind and content.startswith(name, part.start + JPEG_HEADER)
            for kind, name in JPEG_COLOURS
        )
    return part.name != containers.COMMENT


def png_left(content: bytes, found: list[Part]) -> bytes:
    exif = orientation_alone(content, found, b"eXIf", CHUNK_HEADER)
    kept = [containers.PNG_SIGNATURE]
    for part in found:
        if part.name in containers.PNG_PICTURE:
            kept.append(content[part.start : part.end])
        if part.name == b"IHDR" and exif:
            kept.append(png_exif(exif))
    return b"".join(kept)


def png_exif(exif: bytes) -> bytes:
    return struct.pack(">I", len(exif)) + b"eXIf" + exif + struct.pack(">I", crc32(b"eXIf" + exif))


def webp_left(content: bytes, found: list[Part]) -> bytes:
    exif = orientation_alone(content, found, b"EXIF", CHUNK_HEADER)
    kept = []
    for part in found:
        chunk = content[part.start : part.end]
        if part.name == b"VP8X":
            flags = chunk[8] & ~WEBP_XMP & ~WEBP_EXIF | (WEBP_EXIF if exif else 0)
            chunk = chunk[:8] + bytes([flags]) + chunk[9:]
        if part.name in containers.WEBP_PICTURE:
            kept.append(chunk)
    if exif:
        kept.append(b"EXIF" + struct.pack("<I", len(exif)) + exif)
    body = b"WEBP" + b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def gif_left(content: bytes, found: list[Part]) -> bytes:
    kept = [content[: 13 + colour_table(content[10])]]
    for part in found:
        block = content[part.start : part.end]
        timing = block[:2] == bytes([containers.GIF_EXTENSION, containers.GIF_CONTROL])
        loop = block[:2] == bytes([containers.GIF_EXTENSION, containers.GIF_APPLICATION])
        loop = loop and block.startswith(containers.GIF_LOOP, 3)
        if part.name == containers.GIF_IMAGE or timing or loop:
            kept.append(block)
    return b"".join(kept) + b";"


LEFT: dict[str, Callable[[bytes, list[Part]], bytes]] = {
    "JPEG": jpeg_left,
    "PNG": png_left,
    "WEBP": webp_left,
    "GIF": gif_left,
}
