"""The features of examples: what the network that serves says of the views of their pictures.

Each is computed once and stored: as bytes, because they are read by a training that wants all of
one classifier and by nobody else, and in float16, because its rounding (1 in 2,000) changes no
answer and halves what an example takes, 2.5 kB for a view of 1,280 numbers. pgvector's halfvec
takes as much and would have to be read back number by number.
"""

import logging
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import PIL.Image
from django.conf import settings
from django.db import IntegrityError
from django.utils.translation import gettext_noop

from foundation.storage.lasting import StorageUnreachable
from learning.models import Example, Features
from learning.training.views import VIEWS, views_of
from predictions.classifiers import ModelVersion
from predictions.inference import pictures
from predictions.inference.architectures import EFFICIENTNET_LITE2
from predictions.inference.engines import Engine, load_engine
from predictions.inference.limits import UnreadableImage, measure
from predictions.inference.preprocessing import Recipe
from predictions.inference.progress import Progress
from predictions.inference.store import Manifest
from predictions.registry import routing
from predictions.registry.model_store import model_store
from predictions.registry.networks import Network

logger = logging.getLogger(__name__)

TOGETHER = 8  # pictures whose views the network sees at once
AT_ONCE = 500  # rows that are read at a time, of 15 kB
LOST = gettext_noop("The picture's file is missing.")
UNREADABLE = gettext_noop("The picture cannot be read.")


def serving() -> tuple[Network, Manifest]:
    """The network on which taught heads stand: that of the built-in classifier's champion.

    Raises NoModel and ModelNotPrepared.
    """
    return network_of(routing.champion_of())


def network_of(version: ModelVersion) -> tuple[Network, Manifest]:
    """Of a version in int8 the network it was quantised from: that one can be tuned and exported,
    and what people taught before stands on it.

    Raises ModelNotPrepared.
    """
    store = model_store()
    network = Network.seeing(version)
    manifest = store.get(network.name, network.version)
    if manifest.quantised:
        network = Network(manifest.name, manifest.quantised["from"], "f32")
        manifest = store.get(network.name, network.version)
    return network, manifest


def larger(report: Progress) -> tuple[Network, Manifest]:
    """The network that "Train deeper" stands on, which costs three times as much as a small one.

    The first training prepares it.

    Raises what `report` raises, and ModelError.
    """
    manifest = model_store().prepare(EFFICIENTNET_LITE2.name, progress=lambda *_: report("reading"))
    return Network(manifest.name, manifest.version, "f32"), manifest


@lru_cache(maxsize=1)
def engine_of(network: Network) -> Engine:
    """With the threads of a training, not a worker's. Raises ModelNotPrepared."""
    folder = model_store().at_hand(network.name, network.version)
    return load_engine(
        settings.CLASSIFIER_ENGINE,
        folder,
        threads=settings.TRAINING_THREADS,
        precision=network.precision,
    )


def compute_missing(examples: Sequence[Example], network: Network, report: Progress) -> None:
    """Stores the features that are missing; an example that cannot be read says why.

    Raises what `report` raises, and ModelNotPrepared.
    """
    image_ids = {example.image_id for example in examples}
    known = set(
        Features.objects.filter(network=str(network), image__in=image_ids).values_list(
            "image_id", flat=True
        )
    )
    missing = [example for example in examples if example.image_id not in known]
    done = len(examples) - len(missing)
    report("features", done, len(examples))
    for start in range(0, len(missing), TOGETHER):
        store(missing[start : start + TOGETHER], network)
        done += len(missing[start : start + TOGETHER])
        report("features", done, len(examples))


def store(examples: Sequence[Example], network: Network) -> None:
    engine = engine_of(network)
    seen: dict[int, np.ndarray] = {}
    for example in examples:
        try:
            seen[example.image_id] = views_of(opened(example, engine.recipe), engine.recipe)
        except StorageUnreachable:  # which says nothing of this picture
            raise
        except (UnreadableImage, OSError) as error:
            lost = isinstance(error, FileNotFoundError)
            Example.objects.filter(pk=example.pk).update(problem=LOST if lost else UNREADABLE)
            logger.info("Example %s teaches nothing: %s", example.pk, error)
    if not seen:
        return
    views = np.concatenate(list(seen.values()))
    _probabilities, features = engine.predict(views)
    each = features.astype("<f2").reshape(len(seen), VIEWS, -1)
    for image_id, of_image in zip(seen, each, strict=True):
        try:
            Features.objects.update_or_create(
                image_id=image_id,
                network=str(network),
                defaults={"content": of_image.tobytes()},
            )
        except IntegrityError:  # the picture was deleted at this moment
            logger.info("A picture was deleted while it was looked at.")


def opened(example: Example, recipe: Recipe) -> PIL.Image.Image:
    """As it is decoded for answers of this recipe. Raises UnreadableImage and OSError."""
    with example.image.file.open("rb") as file:
        content = file.read()
    measured = measure(content, max_pixels=settings.MAX_PIXELS)
    return pictures.decode(content, measured, recipe.least_side)


def read(image_ids: Sequence[int], network: Network) -> dict[int, np.ndarray]:
    """Float32 (V, D) by image; those whose features are not stored are not in it."""
    rows = Features.objects.filter(network=str(network)).values_list("image_id", "content")
    return {
        image_id: np.frombuffer(content, "<f2").reshape(VIEWS, -1).astype(np.float32)
        for first in range(0, len(image_ids), AT_ONCE)
        for image_id, content in rows.filter(image__in=image_ids[first : first + AT_ONCE])
    }
