"""The loaded engines of this process: one for each network, however many versions read it."""

import logging
from functools import lru_cache
from time import perf_counter

import numpy as np
from django.conf import settings
from PIL import Image

from foundation import memory
from foundation.observability.timing import milliseconds_since
from predictions.inference.engines import Engine, load_engine
from predictions.inference.errors import ModelNotPrepared
from predictions.registry.model_store import model_store
from predictions.registry.networks import Network

logger = logging.getLogger(__name__)

# Networks in memory at once, the least recently used of them goes first. EfficientNet-Lite0 takes
# some 60 MB, ResNet50 300.
LOADED = 4
# Bytes that an engine has given back before a large picture was decoded, and takes again with its
# next run: measured, 34 MB of EfficientNet-Lite0, 28 MB of ResNet50.
TAKEN_AGAIN = 40_000_000


@lru_cache(maxsize=LOADED)
def engine_of(network: Network) -> Engine:
    """Raises ModelNotPrepared: this machine does not have it, or cannot run it."""
    folder = model_store().at_hand(network.name, network.version)
    began = perf_counter()
    with memory.unlimited():
        try:
            engine = load_engine(
                settings.CLASSIFIER_ENGINE,
                folder,
                threads=settings.CLASSIFIER_THREADS,
                precision=network.precision,
            )
        except (OSError, RuntimeError, ValueError) as error:  # damaged files, or a wrong engine
            raise ModelNotPrepared(f"The model in {folder} cannot be loaded: {error}") from error
        # An engine allocates and tunes itself in its first run, which no client should wait for.
        blank = engine.preprocess(Image.new("RGB", (engine.recipe.size, engine.recipe.size)))
        engine.predict(np.stack([blank] * settings.CLASSIFIER_BATCH_SIZE))
    logger.info(
        "Loaded %s (%s, %s) in %.0f ms",
        folder,
        settings.CLASSIFIER_ENGINE,
        network.precision,
        milliseconds_since(began),
    )
    return engine


def taken_again() -> int:
    """Bytes that all loaded engines but one may take again; RESERVE has room for that one."""
    return TAKEN_AGAIN * max(0, engine_of.cache_info().currsize - 1)
