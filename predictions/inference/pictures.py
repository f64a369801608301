"""From a file's bytes to 8-bit RGB pixels, whatever the file holds.

Needs Pillow only, so that the web process can check an upload with it.
"""

import io
import struct
from functools import partial
from typing import BinaryIO
from zlib import crc32

import pi_heif
from PIL import AvifImagePlugin, Image, ImageFile

from predictions.inference import told
from predictions.inference.colour import applies
from predictions.inference.containers import BOXED
from predictions.inference.essence import Box, Frame, essence, without_checksum
from predictions.inference.limits import DAMAGED, MAX_PIXELS, UnreadableImage, measure
from predictions.inference.paper import clear_to_white, on_white, placed, strips
from predictions.inference.still import still
from predictions.inference.survey import Survey

# Only these decoders run on a stranger's bytes; Pillow knows some forty formats, some of which
# start programs.
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "HEIF", "AVIF")
# Pictures are decoded side by side already, and each thread of a decoder takes memory.
AvifImagePlugin.DEFAULT_MAX_THREADS = 1
pi_heif.register_heif_opener(
    decode_threads=1, thumbnails=False, depth_images=False, aux_images=False
)
# Pillow's own limit warns, through a filter that all threads share, and cannot be set by operators.
# limits.py compares each picture's size before a pixel is decoded.
Image.MAX_IMAGE_PIXELS = None
END = b"\xff\xd9"  # of a JPEG
FILLING = bytes(range(254, 0, -1)) + END  # as if the data went on

ORIENTATION, SHORT = 0x0112, 3
TIFF = {b"II*\0": "<", b"MM\0*": ">"}  # how Exif data begins, and the order of its bytes
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
FIRST_ON_ITS_SIDE = 5


def open_image(
    source: bytes | BinaryIO, *, max_pixels: int = MAX_PIXELS, least_side: int | None = None
) -> Image.Image:
    """Decodes a picture completely and returns it as mode RGB, 8 bits a channel.

    It is turned upright; of an animation the first frame counts; transparency is laid on white;
    16-bit grey is scaled to 8 bits. With `least_side` it may be smaller, see `reduction`. `format`
    of the result tells what the content was, one of `FORMATS`, and `info["icc_profile"]` what the
    colours mean (see colour.py), empty for sRGB.

    Raises `UnreadableImage` when the content cannot be decoded, is cut off, or asks for more than
    limits.py allows, the last before any pixel is decoded.
    """
    content = source if isinstance(source, bytes) else source.read()
    return decode(content, measure(content, max_pixels=max_pixels), least_side)


def reduction(measured: Survey, least_side: int | None) -> int:
    """By which factor the sides of a picture are reduced while it is decoded: 1, 2, 4 or 8.

    libjpeg's inverse transform gives 4, 2 or 1 pixels instead of 8 from the same coefficients, the
    low frequencies, which takes less time and memory. Other decoders here have nothing like it.

    least_side: pixels that the shorter side keeps; None: all.
    """
    if least_side is None or measured.format != "JPEG":
        return 1
    shorter = min(measured.width, measured.height)
    return max((factor for factor in (2, 4, 8) if shorter >= factor * least_side), default=1)


def decode(content: bytes, measured: Survey, least_side: int | None = None) -> Image.Image:
    """The pixels of a picture that was found to be within the limits; see `open_image`.

    Raises:
        UnreadableImage
        MemoryError: the process is at its limit.
    """
    try:
        profile = told.profile(content, measured.format)
        frame = complete(essence(content, measured.format), measured)
        frame, image = loaded(frame, measured, reduction(measured, least_side))
        with image:
            if not applies(profile, image.mode):
                profile = b""
            rgb = on_white(image)
            if frame.clear:
                clear_to_white(rgb, image, frame.clear, partial(low_bytes, frame, measured))
        del image  # or both are in memory while a third is made
        rgb = placed(rgb, frame.box, (measured.width, measured.height))
        rgb = _upright(rgb, orientation(content, measured.format))
    except MemoryError:  # of this process, not of the picture
        raise
    # Pillow has no common error: a damaged file ends in OSError, SyntaxError, struct.error,
    # ValueError and more.
    except Exception as error:
        raise UnreadableImage(DAMAGED) from error
    rgb.format = measured.format
    rgb.info = {"icc_profile": profile}
    return rgb


def open_frame(frame: Frame, measured: Survey) -> ImageFile.ImageFile:
    """The picture with its header read and nothing decoded yet.

    Raises:
        UnreadableImage: Pillow reads another size from it than was measured, so that the limits
            say nothing about what it would decode. Of two headers, say, it takes the second.
        Exception: whatever Pillow raises.
    """
    image = Image.open(io.BytesIO(frame.content), formats=[measured.format])
    canvas = measured.width, measured.height
    if image.size != (frame.box.size if frame.box else canvas) or not lies_on(canvas, frame.box):
        raise UnreadableImage(DAMAGED)
    return image


def loaded(frame: Frame, measured: Survey, factor: int) -> tuple[Frame, ImageFile.ImageFile]:
    """The decoded picture, and what it was decoded from.

    Browsers show a PNG whose pixels end in a wrong checksum; Pillow refuses it, but not one that
    ends in none.

    Raises:
        Exception: whatever Pillow raises.
    """
    image = open_frame(frame, measured)
    if factor > 1:
        image.draft(None, (measured.width // factor, measured.height // factor))
    try:
        image.load()
        if factor == 1 and frame.box and image.size != frame.box.size:
            # libheif says so only now.
            raise UnreadableImage(DAMAGED)
        return frame, image
    except OSError:
        if measured.format != "PNG":
            raise
    # Not in the handler, which would keep the first image in memory.
    frame = frame._replace(content=without_checksum(frame.content))
    image = open_frame(frame, measured)
    image.load()
    return frame, image


def complete(frame: Frame, measured: Survey) -> Frame:
    """With the marker that ends a JPEG, if nothing else is cut off.

    libjpeg does not say that it ran out of data. But where nothing is missing, what follows the
    data changes no pixel.

    Raises:
        UnreadableImage: more is missing.
    """
    if measured.format != "JPEG" or frame.content.endswith(END):
        return frame
    data = frame.content.rstrip(b"\xff")
    ended = frame._replace(content=data + END)
    if checksum(ended, measured) != checksum(frame._replace(content=data + FILLING), measured):
        raise UnreadableImage(DAMAGED)
    return ended


def checksum(frame: Frame, measured: Survey) -> int:
    """Of the pixels."""
    image, sum = open_frame(frame, measured), 0
    for box in strips(image.size):
        sum = crc32(image.crop(box).tobytes(), sum)
    return sum


def lies_on(canvas: tuple[int, int], box: Box | None) -> bool:
    """Within it, or all over it: of a cropped picture the canvas is what is shown."""
    if box is None:
        return True
    right, below = box.left + box.width, box.top + box.height
    within = min(box.left, box.top) >= 0 and right <= canvas[0] and below <= canvas[1]
    over = max(box.left, box.top) <= 0 and right >= canvas[0] and below >= canvas[1]
    return within or over


def low_bytes(frame: Frame, measured: Survey) -> Image.Image:
    """The lower eight bits of RGB with 16: Pillow reads them when told that they come first."""
    image = open_frame(frame, measured)
    image.tile = [tile._replace(args="RGB;16L") for tile in image.tile]
    image.load()
    return image


def orientation(content: bytes, kind: str) -> int:
    """1, upright, to 8 (Exif 2.32, tag 0x0112), as the file says.

    Raises:
        Damaged, TooManyParts
    """
    if kind in BOXED:
        return still(content, kind).orientation
    return exif_orientation(told.exif(content, kind))


def exif_orientation(exif: bytes) -> int:
    """As Exif data says.

    Browsers take the first value that is one number of the right type. What XMP says does not
    count: they do not turn a picture for it.
    """
    order = TIFF.get(exif[:4])
    if order is None:
        return 1
    try:
        at = struct.unpack_from(order + "I", exif, 4)[0]
        for number in range(struct.unpack_from(order + "H", exif, at)[0]):
            entry = struct.unpack_from(order + "HHIHxx", exif, at + 2 + 12 * number)
            tag, kind, count, value = entry
            if (tag, kind, count) == (ORIENTATION, SHORT, 1) and 1 <= value <= 8:
                return int(value)
    except struct.error:  # it ends here
        pass
    return 1


def as_shown(content: bytes, measured: Survey) -> Survey:
    """With the size that the picture has when it is upright.

    Raises:
        Damaged, TooManyParts
    """
    if orientation(content, measured.format) < FIRST_ON_ITS_SIDE:
        return measured
    return measured._replace(width=measured.height, height=measured.width)


def _upright(image: Image.Image, orientation: int) -> Image.Image:
    return image if orientation == 1 else image.transpose(TRANSPOSITIONS[orientation])
