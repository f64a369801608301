"""What heads say of pictures that they have not learnt from."""

from dataclasses import dataclass

import numpy as np

from learning.training.calibration import log_loss, temperature_of
from learning.training.fitting import STRENGTHS, fit, scores
from learning.training.folds import folds_of
from learning.training.rejection import distances_from
from learning.training.samples import Samples
from predictions.inference.progress import Progress

INNER = 3


@dataclass(frozen=True)
class Validation:
    """Of N pictures, each in one of F folds, with S strengths of regularisation.

    folds: int64 (N,).
    logits: float32 (S, N, K), by heads that have not seen the picture's fold; a row is NaN where
        its class had no other picture.
    distances: float32 (N,), likewise.
    chosen: int64 (F,), the strength that suits the other folds.
    best: the strength that suits all.
    """

    folds: np.ndarray
    logits: np.ndarray
    distances: np.ndarray
    strengths: tuple[float | None, ...]
    chosen: np.ndarray
    best: int

    @property
    def judged(self) -> np.ndarray:
        """Bool (N,)."""
        return ~np.isnan(self.distances)

    @property
    def strength(self) -> float | None:
        return self.strengths[self.best]


def validate(
    views: np.ndarray,
    within: np.ndarray,
    samples: Samples,
    generator: np.random.Generator,
    progress: Progress,
) -> Validation:
    """Stratified cross-validation; each fold's regularisation is chosen without the fold.

    views: the normalised features of the samples, float32 (N, V, D); within: the same in the basis
    that heads are learnt in.
    """
    classes, count = samples.classes, samples.count
    nearest = len(classes) <= 2 * count
    amount = _folds_for(len(classes))
    folds = folds_of(classes, amount, generator, samples.groups)
    strengths: tuple[float | None, ...] = (None,) if nearest else STRENGTHS
    logits = np.full((len(strengths), len(classes), count), np.nan, np.float32)
    chosen = np.zeros(amount, np.int64)
    distances = np.full(len(classes), np.nan, np.float32)
    for fold in range(amount):
        learnt = folds != fold
        judged = ~learnt & np.isin(classes, classes[learnt])
        for index, strength in enumerate(strengths):
            progress("validating", fold * len(strengths) + index, amount * len(strengths))
            linear = fit(within[learnt], classes[learnt], count, strength)
            logits[index, judged] = scores(linear, within[judged, 0])
        if len(strengths) > 1:
            chosen[fold] = _best_inside(
                within[learnt], classes[learnt], count, strengths, generator, progress
            )
        distances[judged] = distances_from(views[learnt], classes[learnt], samples.known).distances(
            views[judged, 0]
        )
    return Validation(folds, logits, distances, strengths, chosen, _best(logits, classes))


def _folds_for(pictures: int) -> int:
    """More where there are few, because the heads that judge should have learnt from nearly all."""
    if pictures <= 20:
        return pictures
    return 10 if pictures <= 100 else 5


def _best_inside(
    views: np.ndarray,
    classes: np.ndarray,
    count: int,
    strengths: tuple[float | None, ...],
    generator: np.random.Generator,
    progress: Progress,
) -> int:
    """The index of the strength that is best by cross-validation among these."""
    folds = folds_of(classes, INNER, generator)
    logits = np.full((len(strengths), len(classes), count), np.nan, np.float32)
    for fold in range(INNER):
        learnt = folds != fold
        judged = ~learnt & np.isin(classes, classes[learnt])
        for index, strength in enumerate(strengths):
            progress("validating")
            linear = fit(views[learnt], classes[learnt], count, strength)
            logits[index, judged] = scores(linear, views[judged, 0])
    return _best(logits, classes)


def _best(logits: np.ndarray, classes: np.ndarray) -> int:
    """The one with the smallest loss at the temperature that suits it best."""
    if len(logits) == 1:  # nothing to choose from, and perhaps nothing judged
        return 0
    losses = []
    for each in logits:
        judged = ~np.isnan(each[:, 0])
        temperature = temperature_of(each[judged], classes[judged])
        losses.append(log_loss(each[judged] / temperature, classes[judged]))
    return int(np.argmin(losses))
