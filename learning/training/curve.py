"""What more pictures would bring, from what fewer did."""

import numpy as np

from learning.training.figures import Point, share
from learning.training.fitting import fit, scores
from learning.training.samples import Samples
from predictions.inference.progress import Progress

SIZES = (5, 10, 20, 50, 100, 200, 500)


def curve(
    views: np.ndarray,
    samples: Samples,
    folds: np.ndarray,
    strength: float | None,
    generator: np.random.Generator,
    progress: Progress,
) -> list[Point]:
    """Accuracy with so many pictures a class, as far as each class has them outside a fold.

    Of each fold held out, heads of fewer of the other pictures judge it.
    """
    classes, count = samples.classes, samples.count
    amount = int(folds.max()) + 1
    outside = min(
        int(np.bincount(classes[folds != fold], minlength=count).min()) for fold in range(amount)
    )
    points = []
    for size in (size for size in SIZES if size <= outside):
        rights = []
        for fold in range(amount):
            progress("curve", fold, amount)
            learnt = _some(classes, folds != fold, size, generator)
            held_out = folds == fold
            linear = fit(views[learnt], classes[learnt], count, strength)
            said = scores(linear, views[held_out, 0]).argmax(axis=1)
            rights.append(said == classes[held_out])
        found = share(np.concatenate(rights))
        if found.share is not None and found.low is not None and found.high is not None:
            points.append(Point(size, found.share, found.low, found.high))
    return points


def _some(
    classes: np.ndarray, allowed: np.ndarray, size: int, generator: np.random.Generator
) -> np.ndarray:
    """The indices of so many pictures of each class, among those allowed."""
    return np.concatenate(
        [
            generator.choice(np.flatnonzero(allowed & (classes == c)), size, replace=False)
            for c in np.unique(classes)
        ]
    )
