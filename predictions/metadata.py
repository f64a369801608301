"""What a photograph tells beside its pixels (place, camera, time), left out on request.

Only containers are rewritten, pixels stay as they are. A turned photograph keeps its orientation,
without which it would lie on its side.
"""

import re
import struct
from collections.abc import Iterator

from predictions.uploads import PictureUpload

# JPEG, ITU-T T.81, table B.1: APP1 holds Exif and XMP, APP13 IPTC; COM is a comment.
JPEG_TELLTALES = {0xE1, 0xED, 0xFE}
SCAN, END = 0xDA, 0xD9
# In a scan's data, 0xFF is followed by 0 or by the number of a restart (section B.1.1.5).
MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
MORE_PICTURES = b"MPF\0"
# PNG, third edition, chapter 11.
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
PNG_TELLTALES = {b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME"}
# WebP, RFC 9649, section 2.7: chunks, and their bits in the flags of VP8X.
WEBP_TELLTALES = {b"EXIF": 0x08, b"XMP ": 0x04}
ORIENTATION = 0x0112


def without_metadata(upload: PictureUpload, kind: str) -> PictureUpload:
    """The same picture without what it tells; `kind` is JPEG, PNG, WEBP or GIF.

    Raises:
        ValueError: the container is damaged.
    """
    upload.seek(0)
    content = upload.read()
    try:
        bare = {"JPEG": bare_jpeg, "PNG": bare_png, "WEBP": bare_webp}.get(kind, bytes)(content)
    except (struct.error, IndexError) as error:
        raise ValueError("damaged") from error
    return PictureUpload.of(bare, upload.name, upload.content_type)


def bare_jpeg(content: bytes) -> bytes:
    kept, orientation, at = [content[:2]], 1, 2
    while content[at + 1] != END:
        marker, length = struct.unpack(">xBH", content[at : at + 4])
        after = at + 2 + length
        if marker == SCAN:
            following = MARKER.search(content, after)
            after = following.start() if following else len(content)
        segment = content[at:after]
        if marker == 0xE1:
            orientation = exif_orientation(segment[4:]) or orientation
        if marker not in JPEG_TELLTALES and not segment.startswith(MORE_PICTURES, 4):
            kept.append(segment)
        at = after
        if at >= len(content):
            break
    if orientation != 1:
        kept.insert(1, exif_segment(orientation))
    # What follows the end, such as a phone's further views of the scene, tells as much again.
    return b"".join(kept) + b"\xff\xd9"


def exif_orientation(payload: bytes) -> int | None:
    """The orientation that an Exif segment names, if it does (Exif 2.32, section 4.6)."""
    if not payload.startswith(b"Exif\0\0"):
        return None
    tiff = payload[6:]
    order = "<" if tiff[:2] == b"II" else ">"
    (first,) = struct.unpack(order + "I", tiff[4:8])
    (count,) = struct.unpack(order + "H", tiff[first : first + 2])
    for entry in range(first + 2, first + 2 + 12 * count, 12):
        tag, _, _, value = struct.unpack(order + "HHIH", tiff[entry : entry + 10])
        if tag == ORIENTATION:
            return int(value)
    return None


def exif_segment(orientation: int) -> bytes:
    """An Exif segment that tells the orientation and nothing else."""
    tiff = b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, ORIENTATION, 3, 1, orientation, 0, 0)
    payload = b"Exif\0\0" + tiff
    return b"\xff\xe1" + struct.pack(">H", len(payload) + 2) + payload


def bare_png(content: bytes) -> bytes:
    kept, at = [PNG_SIGNATURE], len(PNG_SIGNATURE)
    while at < len(content):
        length, name = struct.unpack(">I4s", content[at : at + 8])
        if name not in PNG_TELLTALES:
            kept.append(content[at : at + 12 + length])
        at += 12 + length
    return b"".join(kept)


def bare_webp(content: bytes) -> bytes:
    kept = []
    for name, chunk in webp_chunks(content):
        if name == b"VP8X":
            flags = chunk[8] & ~sum(WEBP_TELLTALES.values())
            chunk = chunk[:8] + bytes([flags]) + chunk[9:]
        if name not in WEBP_TELLTALES:
            kept.append(chunk)
    body = b"WEBP" + b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def webp_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 12
    while at < len(content):
        name, length = struct.unpack("<4sI", content[at : at + 8])
        end = at + 8 + length + length % 2
        yield name, content[at:end]
        at = end
