"""The loaded engines of this process, one for each model version in use."""

import logging
from functools import lru_cache
from pathlib import Path
from time import perf_counter

import numpy as np
from django.conf import settings
from PIL import Image

from foundation import memory
from foundation.observability.timing import milliseconds_since
from predictions.inference.engines import Engine, Precision, load_engine
from predictions.inference.store import ModelStore
from predictions.models import ModelVersion

logger = logging.getLogger(__name__)


def engine_for(model: ModelVersion) -> Engine:
    """The loaded engine of a model version."""
    folder = ModelStore(settings.MODEL_STORE).path(model.name, model.manifest["version"])
    return load(folder, model.precision)


def engine_of(model_version_id: int) -> Engine:
    return engine_for(model_version(model_version_id))


@lru_cache(maxsize=2)
def model_version(pk: int) -> ModelVersion:
    """A row that never changes but for which is the current one."""
    return ModelVersion.objects.get(pk=pk)


@lru_cache(maxsize=2)  # the current model, and the one before while its last jobs are processed
def load(folder: Path, precision: Precision) -> Engine:
    began = perf_counter()
    with memory.unlimited():
        engine = load_engine(
            settings.CLASSIFIER_ENGINE,
            folder,
            threads=settings.CLASSIFIER_THREADS,
            precision=precision,
        )
        # An engine allocates and tunes itself in its first run, which no client should wait for.
        blank = engine.preprocess(Image.new("RGB", (engine.recipe.size, engine.recipe.size)))
        engine.predict(np.stack([blank] * settings.CLASSIFIER_BATCH_SIZE))
    logger.info(
        "Loaded %s (%s, %s) in %.0f ms",
        folder,
        settings.CLASSIFIER_ENGINE,
        precision,
        milliseconds_since(began),
    )
    return engine
