""" "Train deeper": the network learns the classes, too, and the head stands on what it became."""

from dataclasses import replace

import numpy as np
from django.conf import settings

from learning.models import Training
from learning.training.deeper import canvas_of, fine_tune
from learning.training.samples import Samples
from learning.work.data_set import DataSet
from learning.work.features import opened
from predictions.inference.preprocessing import RECIPES
from predictions.inference.progress import Progress
from predictions.inference.store import Manifest, ModelStore

SECONDS = 600  # of tuning, at most


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

    recipe = RECIPES[backbone.recipe]
    canvases = []
    for example in data.examples:
        canvases.append(canvas_of(opened(example), recipe))
        report("tuning")
    tuned = fine_tune(
        backbone,
        ModelStore(settings.MODEL_STORE),
        np.stack(canvases),
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
