"""From a file's bytes to 8-bit RGB pixels, whatever the file holds.

Needs Pillow only, so that the web process can check an upload with it.
"""

import io
from typing import BinaryIO

from PIL import Image

from predictions.inference.containers import essence
from predictions.inference.limits import DAMAGED, MAX_PIXELS, UnreadableImage, measure
from predictions.inference.survey import Survey

# Only these decoders run on a stranger's bytes; Pillow knows some forty formats, some of which
# start programs.
FORMATS = ("JPEG", "PNG", "GIF", "WEBP")
# Pillow's own limit warns, through a filter that all threads share, and cannot be set by operators.
# limits.py compares each picture's size before a pixel is decoded.
Image.MAX_IMAGE_PIXELS = None
# Pixels that are converted at once, so that a large picture is not in memory three times.
STRIP = 1_000_000

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


def open_image(source: bytes | BinaryIO, *, max_pixels: int = MAX_PIXELS) -> Image.Image:
    """Decodes a JPEG, PNG, GIF or WebP completely and returns it as mode RGB, 8 bits a channel.

    The Exif orientation is applied; of an animation the first frame counts; transparency is laid on
    white; 16-bit grey is scaled to 8 bits. `format` of the result tells what the content was, one
    of `FORMATS`.

    Raises `UnreadableImage` when the content cannot be decoded, is cut off, or asks for more than
    limits.py allows, the last before any pixel is decoded.
    """
    content = source if isinstance(source, bytes) else source.read()
    return decode(content, measure(content, max_pixels=max_pixels))


def decode(content: bytes, measured: Survey) -> Image.Image:
    """The pixels of a picture that was found to be within the limits; see `open_image`.

    Raises:
        UnreadableImage
        MemoryError: the process is at its limit.
    """
    try:
        with open_header(content, measured) as image:
            image.load()
            turned = orientation(image.info.get("exif", b""))
            rgb = _to_rgb(image)
        del image  # or both are in memory while a third is made
        rgb = _upright(rgb, turned)
    except MemoryError:  # of this process, not of the picture
        raise
    # Pillow has no common error: a damaged file ends in OSError, SyntaxError, struct.error,
    # ValueError and more.
    except Exception as error:
        raise UnreadableImage(DAMAGED) from error
    rgb.format = measured.format
    return rgb


def open_header(content: bytes, measured: Survey) -> Image.Image:
    """The picture as Pillow sees it, nothing decoded yet.

    Raises:
        UnreadableImage: Pillow reads another size from it than was measured, so that the limits
            say nothing about what it would decode. Of two headers, say, it takes the second.
        Exception: whatever Pillow raises.
    """
    image = Image.open(io.BytesIO(essence(content, measured.format)), formats=[measured.format])
    if image.size != (measured.width, measured.height):
        raise UnreadableImage(DAMAGED)
    return image


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode == "RGB" and not image.has_transparency_data:
        return image
    rows = max(1, STRIP // image.width)
    if rows >= image.height:
        return _strip_to_rgb(image)
    rgb = Image.new("RGB", image.size)
    for top in range(0, image.height, rows):
        strip = image.crop((0, top, image.width, min(top + rows, image.height)))
        rgb.paste(_strip_to_rgb(strip), (0, top))
    return rgb


def _strip_to_rgb(image: Image.Image) -> Image.Image:
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
    return image.convert("RGB")


def orientation(exif: bytes) -> int:
    """1, upright, to 8 (Exif 2.32, tag 0x0112), as Exif data says.

    What XMP says does not count: browsers do not turn a picture for it.
    """
    try:
        tags = Image.Exif()
        tags.load(exif)
        found = int(tags.get(ORIENTATION, 1))
    except Exception:  # damaged Exif says nothing about the pixels
        return 1
    return found if found in TRANSPOSITIONS else 1


def _upright(image: Image.Image, orientation: int) -> Image.Image:
    return image if orientation == 1 else image.transpose(TRANSPOSITIONS[orientation])
