"""What a photograph tells beside its pixels (place, camera, time), left out on request.

Only containers are rewritten, pixels stay as they are, and what is not known to be needed for them
goes. A turned photograph keeps its orientation, without which it would lie on its side.
"""

import io
import re
import struct
from zlib import crc32

from PIL import Image

from predictions.inference.pictures import FORMATS, ORIENTATION, orientation
from predictions.uploads import PictureUpload

# JPEG, ITU-T T.81, table B.1. Of the application segments only those stay without which colours
# would change: JFIF, ICC profile, Adobe.
COMMENT, APPLICATIONS, EXIF = 0xFE, range(0xE0, 0xF0), 0xE1
JPEG_COLOURS = ((0xE0, b"JFIF"), (0xE2, b"ICC_PROFILE"), (0xEE, b"Adobe"))
SCAN, END = 0xDA, 0xD9
# In a scan's data, 0xFF is followed by 0 or by the number of a restart (section B.1.1.5).
MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
# PNG, third edition, chapter 11: pixels, colours, transparency, animation.
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
PNG_PICTURE = set(
    b"IHDR PLTE IDAT IEND tRNS cHRM cICP gAMA iCCP mDCV cLLI sBIT sRGB bKGD acTL fcTL fdAT".split()
)
# WebP, RFC 9649, section 2.7; and the bit of what goes in the flags of VP8X.
WEBP_PICTURE = {b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"}
WEBP_XMP, WEBP_EXIF = 0x04, 0x08
# GIF89a, sections 23 to 26: of the extensions only timing and looping stay.
GIF_CONTROL, GIF_APPLICATION, GIF_LOOP = 0xF9, 0xFF, b"NETSCAPE2.0"
EXIF_NAME = b"Exif\0\0"


def without_metadata(upload: PictureUpload, kind: str) -> PictureUpload:
    """The same picture without what it tells; `kind` is JPEG, PNG, WEBP or GIF.

    Raises:
        ValueError: the container is damaged.
    """
    upload.seek(0)
    content = upload.read()
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            bare = BARE[kind](content, exif_of(orientation(image)))
    except (struct.error, IndexError, OSError) as error:
        raise ValueError("damaged") from error
    return PictureUpload.of(bare, upload.name, upload.content_type)


def exif_of(orientation: int) -> bytes:
    """Exif data that tells the orientation and nothing else (Exif 2.32, section 4.6), or none."""
    if orientation == 1:
        return b""
    return b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, ORIENTATION, 3, 1, orientation, 0, 0)


def bare_jpeg(content: bytes, exif: bytes) -> bytes:
    kept, at = [content[:2]], 2
    if exif:
        kept.append(struct.pack(">BBH", 0xFF, EXIF, 2 + len(EXIF_NAME + exif)) + EXIF_NAME + exif)
    while content[at + 1] != END:  # which one that is cut off does not have
        if content[at + 1] == 0xFF:  # a marker may be led by any number of these
            at += 1
            continue
        marker, length = struct.unpack(">xBH", content[at : at + 4])
        after = at + 2 + length
        if marker == SCAN:
            following = MARKER.search(content, after)
            after = following.start() if following else len(content)
        segment = content[at:after]
        if is_picture(marker, segment):
            kept.append(segment)
        at = after
    # What follows the end, such as a phone's further views of the scene, tells as much again.
    return b"".join(kept) + b"\xff\xd9"


def is_picture(marker: int, segment: bytes) -> bool:
    if marker in APPLICATIONS:
        return any(marker == kind and segment.startswith(name, 4) for kind, name in JPEG_COLOURS)
    return marker != COMMENT


def bare_png(content: bytes, exif: bytes) -> bytes:
    kept, name, at = [PNG_SIGNATURE], b"", len(PNG_SIGNATURE)
    while name != b"IEND":
        length, name = struct.unpack(">I4s", content[at : at + 8])
        chunk = content[at : at + 12 + length]
        if name in PNG_PICTURE:
            kept.append(chunk)
        if name == b"eXIf" and not exif:  # behind the pixels, where Pillow has not looked
            exif = exif_of(orientation(chunk[8:-4]))
            kept += [png_exif(exif)] if exif else []
        if name == b"IHDR" and exif:
            kept.append(png_exif(exif))
        at += len(chunk)
    return b"".join(kept)


def png_exif(exif: bytes) -> bytes:
    return struct.pack(">I", len(exif)) + b"eXIf" + exif + struct.pack(">I", crc32(b"eXIf" + exif))


def bare_webp(content: bytes, exif: bytes) -> bytes:
    kept, at = [], 12
    end = 8 + int.from_bytes(content[4:8], "little")
    while at < end:
        name, length = struct.unpack("<4sI", content[at : at + 8])
        chunk = content[at : at + 8 + length + length % 2]
        at += len(chunk)
        if name == b"VP8X":
            flags = chunk[8] & ~WEBP_XMP & ~WEBP_EXIF | (WEBP_EXIF if exif else 0)
            chunk = chunk[:8] + bytes([flags]) + chunk[9:]
        if name in WEBP_PICTURE:
            kept.append(chunk)
    if exif:
        kept.append(b"EXIF" + struct.pack("<I", len(exif)) + exif)
    body = b"WEBP" + b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def bare_gif(content: bytes, exif: bytes) -> bytes:
    at = 13 + colour_table(content[10])
    kept = [content[:at]]
    while content[at] != 0x3B:  # the trailer
        began = at
        if content[at] == 0x21:
            kind = content[at + 1]
            name = content[at + 3 : at + 14]
            at = after_blocks(content, at + 2)
            if kind == GIF_CONTROL or (kind == GIF_APPLICATION and name == GIF_LOOP):
                kept.append(content[began:at])
        else:  # an image: descriptor, its colours, the size of its codes, its data
            at = after_blocks(content, at + 10 + colour_table(content[at + 9]) + 1)
            kept.append(content[began:at])
    return b"".join(kept) + b";"


def colour_table(flags: int) -> int:
    """Bytes of the table that these flags announce."""
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def after_blocks(content: bytes, at: int) -> int:
    """Behind a chain of blocks, each led by its length, that ends with an empty one."""
    while content[at]:
        at += 1 + content[at]
    return at + 1


BARE = {"JPEG": bare_jpeg, "PNG": bare_png, "WEBP": bare_webp, "GIF": bare_gif}
