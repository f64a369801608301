"""A picture's file becomes the pixels that its model reads."""

import logging
from collections.abc import Collection
from time import perf_counter, time
from typing import NamedTuple

import numpy as np
from django.conf import settings
from django.core.files.storage import default_storage
from PIL import Image

from foundation import memory
from foundation.observability.timing import milliseconds_since
from predictions.inference import pictures
from predictions.inference.engines import Engine
from predictions.inference.limits import measure, memory_limit
from predictions.pictures import thumbnails
from predictions.registry.engines import engine_of, taken_again
from predictions.registry.predictors import answering

logger = logging.getLogger(__name__)

# Bytes for what no container tells: libwebp keeps 12 kB for each group of codes of a lossless WebP,
# and its encoder writes at most 2,600 (MAX_HUFF_IMAGE_SIZE in src/enc/vp8l_enc.c).
UNTOLD = 32_000_000
# What all decoders of this process hold together: as much as one picture may.
budget = memory.Budget(
    memory_limit(settings.MAX_PIXELS), settings.CLASSIFIER_THREADS, beside=taken_again
)


class Pixels(NamedTuple):
    """A picture as its networks read it, and how long it took to get there."""

    by_recipe: dict[str, np.ndarray]  # uint8 (224, 224, 3)
    milliseconds: float
    began: float  # seconds since the epoch


def read(file: str) -> bytes:
    """The picture's file. Needs no database, so it may run in any thread; so may `decode`.

    Raises:
        FileNotFoundError: or it is empty, as after a power cut; no empty picture is accepted.
    """
    with default_storage.open(file) as opened:
        content: bytes = opened.read()
    if not content:
        raise FileNotFoundError(file)
    return content


def decode(file: str, content: bytes, version_ids: Collection[int]) -> Pixels:
    """Decodes the picture, and preprocesses it for each network of these versions.

    Raises:
        UnreadableImage
    """
    measured = measure(content, max_pixels=settings.MAX_PIXELS)
    is_large = measured.width * measured.height > thumbnails.LARGE
    engines = [
        engine_of(network)
        for version_id in version_ids
        for network in answering(version_id).predictor.networks
    ]
    by_least_side: dict[int | None, dict[str, Engine]] = {}
    for engine in engines:
        by_least_side.setdefault(engine.recipe.least_side, {})[engine.recipe.name] = engine
    took_memory = max(
        measured.reduced(pictures.reduction(measured, least_side)).memory
        for least_side in by_least_side
    )
    gives_back = took_memory > memory_limit(thumbnails.LARGE) or not measured.is_certain
    by_recipe: dict[str, np.ndarray] = {}
    with budget.hold(took_memory + (0 if measured.is_certain else UNTOLD)):
        began_at, began = time(), perf_counter()
        if took_memory > budget.size // 2:  # 36 MB, for which the next inference takes longer
            for engine in engines:
                engine.release_memory()
        if gives_back:  # what others have freed is not to be added to it
            memory.give_back()
        try:
            for number, (least_side, recipes) in enumerate(by_least_side.items()):
                image = pictures.decode(content, measured, least_side)
                if is_large and number == 0:
                    keep_thumbnails(file, image)
                by_recipe |= {name: engine.preprocess(image) for name, engine in recipes.items()}
                del image
            took = milliseconds_since(began)
        except Exception as error:  # a task keeps it, and so would keep half a picture
            memory.forget_locals(error)
            raise
        finally:
            if gives_back:
                memory.give_back()
    return Pixels(by_recipe, took, began_at)


def keep_thumbnails(file: str, image: Image.Image) -> None:
    try:
        thumbnails.keep_all(file, image)
        if not default_storage.exists(file):  # deleted meanwhile
            thumbnails.delete_thumbnails(file)
    except OSError as error:  # a full disk; the answer does not need them
        logger.error("No thumbnails of %s: %s", file, error)
