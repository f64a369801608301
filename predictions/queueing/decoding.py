"""A picture's file becomes the pixels that its model reads."""

import logging
from time import perf_counter
from typing import NamedTuple

import numpy as np
from django.conf import settings
from django.core.files.storage import default_storage
from PIL import Image

from foundation import memory
from foundation.observability.timing import milliseconds_since
from predictions.inference import pictures
from predictions.inference.limits import measure, memory_limit
from predictions.pictures import thumbnails
from predictions.queueing.jobs import Arguments
from predictions.registry.engines import engine_of

logger = logging.getLogger(__name__)

# Bytes for what no container tells: libwebp keeps 12 kB for each group of codes of a lossless WebP,
# and its encoder writes at most 2,600 (MAX_HUFF_IMAGE_SIZE in src/enc/vp8l_enc.c).
UNTOLD = 32_000_000
# What all decoders of this process hold together: as much as one picture may.
budget = memory.Budget(memory_limit(settings.MAX_PIXELS), settings.CLASSIFIER_THREADS)


class Pixels(NamedTuple):
    """A picture as its model reads it, and how long it took to get there."""

    array: np.ndarray  # uint8 (224, 224, 3)
    milliseconds: float


def read(arguments: Arguments) -> bytes:
    """The picture's file. Needs no database, so it may run in any thread; so may `decode`.

    Raises:
        FileNotFoundError: or it is empty, as after a power cut; no empty picture is accepted.
    """
    with default_storage.open(arguments.file) as file:
        content: bytes = file.read()
    if not content:
        raise FileNotFoundError(arguments.file)
    return content


def decode(arguments: Arguments, content: bytes) -> Pixels:
    """Decodes and preprocesses the picture.

    Raises:
        UnreadableImage
    """
    measured = measure(content, max_pixels=settings.MAX_PIXELS)
    is_large = measured.width * measured.height > thumbnails.LARGE
    gives_back = is_large or not measured.is_certain
    with budget.hold(measured.memory + (0 if measured.is_certain else UNTOLD)):
        began = perf_counter()
        if measured.memory > budget.size // 2:  # 36 MB, for which the next inference takes longer
            engine_of(arguments.model_version_id).release_memory()
        if gives_back:  # what others have freed is not to be added to it
            memory.give_back()
        image = pictures.decode(content, measured)
        if is_large:
            keep_thumbnails(arguments, image)
        array = engine_of(arguments.model_version_id).preprocess(image)
        took = milliseconds_since(began)
        del image
        if gives_back:
            memory.give_back()
    return Pixels(array, took)


def keep_thumbnails(arguments: Arguments, image: Image.Image) -> None:
    try:
        thumbnails.keep(arguments.file, image)
        if not default_storage.exists(arguments.file):  # deleted meanwhile
            thumbnails.delete_thumbnails(arguments.file)
    except OSError as error:  # a full disk; the answer does not need them
        logger.error("No thumbnails of %s: %s", arguments.file, error)
