"""How much work and memory decoding a picture may take, and the messages for those over a limit.

The limits follow from the pixels that a picture may have, which operators set.
"""

from predictions.inference.containers import Damaged, TooManyParts
from predictions.inference.survey import Survey, survey

# 50 megapixels; few cameras take more.
MAX_PIXELS = 50_000_000
# Pixels. Decoders keep a pointer and a line buffer for each row or column.
MAX_SIDE = 16_384
# Bytes for each pixel that is allowed: what a picture takes while it is turned upright, or while
# transparency is laid on white (see survey.py). A WebP may so have half the pixels.
MEMORY_PER_PIXEL = 8
# Samples for each pixel that is allowed. The scans of a progressive photograph, as libjpeg and
# mozjpeg write them, visit 9 to 15. libjpeg visits 600 million a second.
WORK_PER_PIXEL = 20
BATCH_WORK_PER_PIXEL = 5

DAMAGED = "The file cannot be read as an image: it is damaged, cut off or of another format."
TOO_MANY_PARTS = "The file has too many segments."
TOO_MANY_PIXELS = "The picture has too many pixels: %(width)s × %(height)s. The limit is %(most)s."
TOO_LONG = (
    "The picture is too wide or too high: %(width)s × %(height)s. The limit for each side is "
    "%(most)s pixels."
)
TOO_MUCH_MEMORY = (
    "The picture takes too much memory to decode: %(width)s × %(height)s pixels in this format. "
    "Save it at a smaller size or in another format."
)
TOO_MUCH_WORK = (
    "The picture takes too long to decode: it has too many scans. Save it again and send the new "
    "file."
)


class UnreadableImage(ValueError):
    """These bytes cannot be given to a model; the message tells the sender why.

    text, values: the message before the values were filled in, for translations. Thousands are
        separated in whole numbers, and not in text.
    """

    def __init__(self, text: str, **values: object) -> None:
        written = {
            name: f"{value:,}" if isinstance(value, int) else value
            for name, value in values.items()
        }
        super().__init__(text % written)
        self.text, self.values = text, values


def memory_limit(max_pixels: int) -> int:
    """Bytes that decoding one picture may take, and all that one process decodes at once."""
    return MEMORY_PER_PIXEL * max_pixels


def work_limit(max_pixels: int) -> int:
    """Samples that decoding one picture may visit."""
    return WORK_PER_PIXEL * max_pixels


def batch_work(max_pixels: int) -> int:
    """Samples that decoding a batch may visit, one picture excepted: as a large photograph does.

    Sixteen photographs of the web stay far below it, and eight of a phone; others wait for a batch.
    """
    return BATCH_WORK_PER_PIXEL * max_pixels


def measure(content: bytes, *, max_pixels: int = MAX_PIXELS) -> Survey:
    """What decoding these bytes takes. No pixel is decoded for it.

    Raises:
        UnreadableImage: more than is allowed, or not a picture.
    """
    try:
        found = survey(content)
    except TooManyParts as error:
        raise UnreadableImage(TOO_MANY_PARTS) from error
    except Damaged as error:
        raise UnreadableImage(error.text or DAMAGED, **error.values) from error
    size = {"width": str(found.width), "height": str(found.height)}
    if found.width * found.height > max_pixels:
        raise UnreadableImage(TOO_MANY_PIXELS, **size, most=max_pixels)
    if max(found.width, found.height) > MAX_SIDE:
        raise UnreadableImage(TOO_LONG, **size, most=MAX_SIDE)
    if found.memory > memory_limit(max_pixels):
        raise UnreadableImage(TOO_MUCH_MEMORY, **size)
    if found.work > work_limit(max_pixels):
        raise UnreadableImage(TOO_MUCH_WORK)
    return found
