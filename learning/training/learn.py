"""From samples to a head and what is known of it."""

from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np

from learning.training.calibration import bins_for, calibration_error, temperature_of
from learning.training.curve import curve
from learning.training.figures import Figures, Point, share
from learning.training.fitting import basis_of, fit, softmax
from learning.training.rejection import distances_from, with_threshold
from learning.training.samples import Samples
from learning.training.validation import Validation, validate
from predictions.inference.heads import Head, Rejection, normalised
from predictions.inference.progress import Progress, silent

__all__ = ["Learned", "learn"]


@dataclass(frozen=True)
class Learned:
    """A head whose last class is "none of these", and how it was learnt.

    out_of_fold: float32 (N, head.classes), each picture's probabilities, as in service, from
        heads that had not seen it; NaN where there is no such head, because
        the picture is the only one of its class.
    parameters: what has to be known to learn the same again from the same samples.
    """

    head: Head
    figures: Figures
    parameters: dict[str, Any]
    out_of_fold: np.ndarray


def learn(samples: Samples, *, seed: int = 0, progress: Progress = silent) -> Learned:
    """The same samples and seed give the same head.

    Raises ValueError, with a sentence for people, if nothing can be learnt from these samples, and
    whatever `progress` raises.
    """
    samples.check()
    generator = np.random.default_rng(seed)
    views = normalised(samples.features)
    progress("fitting")
    basis = basis_of(views)
    within = views @ basis
    validation = validate(views, within, samples, generator, progress)
    points = curve(within, samples, validation.folds, validation.strength, generator, progress)
    progress("fitting")
    weights, bias = fit(within, samples.classes, samples.count, validation.strength)
    made = distances_from(views, samples.classes, samples.known)
    out_of_fold = _as_in_service(validation, samples, made)
    judged = validation.judged
    temperature, rejection = _finish(made, validation, samples, judged, validation.best)
    weights, bias = basis @ weights / np.float32(temperature), bias / np.float32(temperature)
    return Learned(
        head=Head(weights, bias, roots=True, rejection=rejection),
        figures=_figures(samples, validation, out_of_fold, points, temperature),
        parameters={
            "seed": seed,
            "views": samples.features.shape[1],
            "folds": int(validation.folds.max()) + 1,
            "strength": validation.strength,
            "temperature": temperature,
            "threshold": float(rejection.threshold),
            "weight": float(rejection.weight),
            "softness": float(rejection.softness),
            "libraries": {name: version(name) for name in ("numpy", "scipy", "scikit-learn")},
        },
        out_of_fold=out_of_fold,
    )


def _finish(
    made: Rejection,
    validation: Validation,
    samples: Samples,
    among: np.ndarray,
    strength: int,
) -> tuple[float, Rejection]:
    """The temperature and the threshold that suit these of the pictures, by what was said of them.

    among: bool (N,), some that were judged. strength: its index.
    """
    logits = validation.logits[strength]
    temperature = temperature_of(logits[among], samples.classes[among])
    known = among & (samples.classes < samples.known)
    if not known.any():  # one picture a class: nothing says how far is far, and nothing is rejected
        return temperature, made
    scores = softmax(logits[known] / temperature)
    return temperature, with_threshold(made, validation.distances[known], scores, samples.known)


def _as_in_service(validation: Validation, samples: Samples, made: Rejection) -> np.ndarray:
    """Each fold's probabilities with the temperature and threshold that the other folds give.

    made: any rejection of these classes; distances are those of the validation.
    """
    columns = samples.known + 1
    said = np.full((len(samples.classes), columns), np.nan, np.float32)
    for fold, strength in enumerate(validation.chosen):
        inside = validation.judged & (validation.folds == fold)
        others = validation.judged & (validation.folds != fold)
        temperature, rejection = _finish(made, validation, samples, others, strength)
        scores = softmax(validation.logits[strength, inside] / temperature)
        said[inside] = rejection.combine(scores, validation.distances[inside])
    return said


def _figures(
    samples: Samples,
    validation: Validation,
    out_of_fold: np.ndarray,
    points: list[Point],
    temperature: float,
) -> Figures:
    judged = validation.judged
    truth, said = samples.classes[judged], out_of_fold[judged]
    answers = said.argmax(axis=1)
    right = answers == truth
    strengths = validation.chosen[validation.folds[judged]]
    among_classes = validation.logits[strengths, np.flatnonzero(judged)].argmax(axis=1) == truth
    whole = share(right)
    confusion = np.zeros((samples.count, samples.known + 1), np.int64)
    np.add.at(confusion, (truth, answers), 1)
    known = truth < samples.known
    return Figures(
        right=whole.right,
        of=whole.of,
        accuracy=whole.share,
        low=whole.low,
        high=whole.high,
        baseline=float(samples.sizes.max() / samples.sizes.sum()),
        among_classes=share(among_classes).share,
        calibration_error=calibration_error(said.max(axis=1), right) if whole.of else None,
        calibration_bins=bins_for(whole.of),
        confusion=confusion.tolist(),
        recalls=[share(right[truth == c]).share for c in range(samples.count)],
        curve=points,
        accepted=share(answers[known] != samples.known).share,
        temperature=temperature,
        strength=validation.strength,
        folds=int(validation.folds.max()) + 1,
    )
