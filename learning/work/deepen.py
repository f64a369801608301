""" "Train deeper": the network learns the classes, too, and the head stands on what it became."""

from collections.abc import Callable
from dataclasses import replace
from tempfile import TemporaryFile
from typing import IO

import numpy as np
from django.conf import settings

from learning.models import Training
from learning.training.deeper import FOLDS, canvas_of, fine_tune
from learning.training.samples import Samples
from learning.work.data_set import DataSet
from learning.work.features import opened
from predictions.inference.preprocessing import RECIPES, Recipe
from predictions.inference.progress import Progress
from predictions.inference.store import Manifest
from predictions.registry.model_store import model_store

SECONDS = 600  # of tuning, at most
# Pictures. There is room for what the first stages of the larger network make of 5,333
# (training/deeper.py).
MOST = 5_000


def can_tune(classes: np.ndarray) -> bool:
    """Whether there are enough pictures of each class, and not too many. int64 (N,)."""
    sizes = np.unique(classes, return_counts=True)[1]
    return len(classes) <= MOST and bool(sizes.min() >= FOLDS)


def deepen(
    training: Training,
    data: DataSet,
    samples: Samples,
    backbone: Manifest,
    seed: int,
    report: Progress,
) -> tuple[Samples, Manifest]:
    """The samples with features of a network tuned on them, and that network.

    Of each picture they are those of a network that has not seen it, see training/deeper.py.

    Raises CannotLearn, what `report` raises, ModelError and OSError.
    """

    def tuning(step: str, done: int | None = None, total: int | None = None) -> None:
        report("tuning", done, total)

    # Not in memory, where 5,000 pictures take two gigabytes. The file has no name.
    with TemporaryFile(dir=settings.MODEL_STORE) as file:
        tuned = fine_tune(
            backbone,
            model_store(),
            written(data, RECIPES[backbone.recipe], file, lambda: report("tuning")),
            samples.classes,
            data.labels,
            name=training.classifier.name,
            title=training.classifier.title,
            groups=samples.groups,
            seconds=SECONDS,
            seed=seed,
            threads=settings.TRAINING_THREADS,
            training={"data_set": data.sha256(), "pictures": len(data.examples)},
            progress=tuning,
        )
    return replace(samples, features=tuned.features), tuned.manifest


def written(
    data: DataSet, recipe: Recipe, file: IO[bytes], report: Callable[[], None]
) -> np.ndarray:
    """Canvases of the pictures, mapped from the file: uint8 (N, S, S, 3).

    Written, as a full disk is an error then, and not the end of the process.

    Raises what `report` raises, UnreadableImage and OSError.
    """
    shape: tuple[int, ...] = ()
    for example in data.examples:
        canvas = canvas_of(opened(example, recipe), recipe)
        file.write(canvas.tobytes())
        shape = canvas.shape
        report()
    file.flush()
    return np.memmap(file, np.uint8, "r", shape=(len(data.examples), *shape))
