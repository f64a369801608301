"""From a file's bytes to 8-bit RGB pixels, whatever the file holds.

Needs Pillow only, so that the web process can check an upload with it.
"""

import io
from typing import BinaryIO

from PIL import Image

# Only these decoders run on a stranger's bytes; Pillow knows some forty formats, some of which
# start programs.
FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
# 50 megapixels are 150 MB of RGB; few cameras take more.
MAX_PIXELS = 50_000_000
# Pillow's own limit warns, through a filter that all threads share, and cannot be set by operators.
# Whoever opens a picture here compares its size himself, before a pixel is decoded.
Image.MAX_IMAGE_PIXELS = None

ORIENTATION = 0x0112
# EXIF 2.32, tag 0x0112: how the stored rows and columns become what the photographer saw.
TRANSPOSITIONS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class UnreadableImage(ValueError):
    """These bytes are no picture for a model; the message tells whoever sent them why."""


def open_image(source: bytes | BinaryIO, *, max_pixels: int = MAX_PIXELS) -> Image.Image:
    """Decodes a JPEG, PNG, GIF or WebP completely and returns it as mode RGB, 8 bits a channel.

    The EXIF orientation is applied; of an animation the first frame counts; transparency is laid on
    white; 16-bit grey is scaled to 8 bits. `format` of the result tells what the content was, one
    of `FORMATS`.

    Raises `UnreadableImage` when the content cannot be decoded, is cut off, or has more than
    `max_pixels` pixels, the last before any pixel is decoded.
    """
    if isinstance(source, bytes):
        source = io.BytesIO(source)
    try:
        with Image.open(source, formats=FORMATS) as image:
            if image.width * image.height > max_pixels:
                raise UnreadableImage(
                    f"The image has too many pixels: {image.width} × {image.height}; "
                    f"{max_pixels:,} are allowed."
                )
            image.load()
            kind = kind_of(image)
            rgb = _upright(_to_rgb(image), orientation(image))
    except UnreadableImage:
        raise
    # Pillow has no common error: a damaged file ends in OSError, SyntaxError, struct.error,
    # ValueError and more.
    except Exception as error:
        raise UnreadableImage(
            "The file cannot be read as an image: it is damaged, cut off or of another format."
        ) from error
    rgb.format = kind
    return rgb


def kind_of(image: Image.Image) -> str:
    """One of `FORMATS`. Phones pack several views into one file (MPO); the first is a JPEG."""
    return "JPEG" if image.format == "MPO" else str(image.format)


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):
        # 16-bit grey. Pillow's own conversion to 8 bits clips at 255, which leaves a white page;
        # 65535 / 257 = 255, and the half makes the cut to whole numbers a rounding. The one level
        # that may be transparent stays grey.
        return (
            image.convert("I")
            .point(lambda grey: grey * (1 / 257) + 0.5)
            .convert("L")
            .convert("RGB")
        )
    if image.has_transparency_data:
        colours = image.convert("RGBA")
        paper = Image.new("RGBA", image.size, "white")
        paper.alpha_composite(colours)
        return paper.convert("RGB")
    return image if image.mode == "RGB" else image.convert("RGB")  # convert would copy


def orientation(source: Image.Image | bytes) -> int:
    """1, upright, to 8 (EXIF 2.32, tag 0x0112), of a picture or as EXIF data says.

    Of a picture from wherever Pillow finds it: EXIF, XMP, a text. Nothing is decoded for that: of a
    PNG that is not, what comes behind the pixels is not known.
    """
    try:
        if isinstance(source, bytes):
            exif = Image.Exif()
            exif.load(source)
        else:
            exif = Image.Image.getexif(source)  # PNG's own would decode
        found = int(exif.get(ORIENTATION, 1))
    except Exception:  # damaged EXIF says nothing about the pixels
        return 1
    return found if found in TRANSPOSITIONS else 1


def _upright(image: Image.Image, orientation: int) -> Image.Image:
    return image if orientation == 1 else image.transpose(TRANSPOSITIONS[orientation])
