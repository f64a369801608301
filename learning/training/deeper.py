"""Fine-tuning: a network of its own for one classifier, whose last stage has learnt its classes.

How its figures are honest. Features tuned on a picture say more about that picture than they will
about others, so a head must be judged, calibrated and given its rejection with features of networks
that have not seen the picture. Four networks are tuned, each without one fourth of the pictures,
and what each says of its fourth is kept: `Tuned.features` and `Tuned.probabilities`. The network
that is stored is the mean of the four ("model soup", Wortsman et al., ICML 2022), which start from
the same weights, go a short way, and so remain close enough to be averaged. It costs nothing over
cross-validation, and no figure of it is taken from a picture that it has seen. What is said is, if
anything, too low: each of the four has learnt from three fourths of the pictures.

So the caller passes `Tuned.features` to `learn()` in place of those of the backbone, and stores the
head with `add_head` on `Tuned.manifest`: folds, temperature, rejection and suspects are then as for
any head. Whether the tuned network is better is told by comparing the out-of-fold answers of both
on the same pictures, and on little data it often is not (docs/learning.md).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version as installed_version
from time import monotonic
from typing import TYPE_CHECKING, Any

import numpy as np

from learning.training.calibration import temperature_of
from learning.training.canvases import as_answered, canvas_of, varied
from learning.training.refusals import CannotLearn
from predictions.inference.labels import Label
from predictions.inference.preprocessing import RECIPES, Recipe
from predictions.inference.progress import Progress, silent
from predictions.inference.store import Manifest, ModelStore

if TYPE_CHECKING:
    from learning.training.stages import Stages

__all__ = ["FOLDS", "Tuned", "canvas_of", "fine_tune"]

FOLDS = 4
EPOCHS = 6
RATE = 1e-4
VARIATIONS = 5  # of each picture, if there is room and time for them
ROOM = 512_000_000  # bytes, for what the first stages make of the pictures
READING = 0.4  # of the time, at most
BEGINNING = 0.1  # of the time; it is too early to say that it will not be enough


@dataclass(frozen=True)
class Tuned:
    """A stored network, and what networks tuned without a picture say of it.

    manifest: of the mean network; its labels are those of the classifier.
    features: float32 (N, V, D), V at least 1; view 0 is what answers see. Those of the middle,
        which have learnt nothing, come last.
    probabilities: float32 (N, C), of view 0, by the network's own head, with a temperature that
        the other folds gave.
    folds: int64 (N,), which of the networks has not seen the picture.
    parameters: what has to be known to learn the same again. `seconds` of tuning, and whether the
        time was too short for all epochs, `shortened`.
    """

    manifest: Manifest
    features: np.ndarray
    probabilities: np.ndarray
    folds: np.ndarray
    parameters: dict[str, Any]


def fine_tune(
    backbone: Manifest,
    store: ModelStore,
    pixels: np.ndarray,
    classes: np.ndarray,
    labels: Sequence[Label],
    *,
    name: str,
    title: str,
    groups: np.ndarray | None = None,
    seconds: float = 600,
    seed: int = 0,
    threads: int = 2,
    training: dict[str, Any] | None = None,
    progress: Progress = silent,
) -> Tuned:
    """Tunes a stored network for these classes, and stores what becomes of it.

    pixels: uint8 (N, S, S, 3) of `canvas_of`; may be mapped from a file.
    classes: int64 (N,). labels: C of them; one may be without pictures and is then never said.
    groups: int64 (N,), the same for pictures that are to be in the same fold.
    name, title: of the network in the store.
    seconds: after these learning ends, with a smaller learning rate as they pass; exporting adds
        about ten. Where they do not end it, a seed gives the same network again on one machine.
    training: what the manifest is to say beside parameters and figures.
    Raises CannotLearn if there is too little or too much to learn from,
    `ModelNotPrepared`, `ParityError`, and what `progress` raises.
    """
    _refuse_too_few(classes, labels)
    # TensorFlow takes seconds to load.
    from learning.training.stages import Stages
    from learning.training.storing import stored

    clock = _Clock(seconds)
    generator = np.random.default_rng(seed)
    recipe = RECIPES[backbone.recipe]
    progress("Loading the network")
    stages = Stages(backbone, store, len(labels), threads)
    maps, middles = _looked_at(stages, pixels, recipe, generator, clock, progress)
    folds = _folds(classes, groups, generator)
    features, logits, weights = _cross_tuned(
        stages, maps, classes, folds, generator, clock, progress
    )
    temperature = temperature_of(logits, classes)
    stages.weights = _mean(weights, temperature)
    probabilities = _calibrated(logits, classes, folds)
    parameters = {
        "seed": seed,
        "folds": FOLDS,
        "views": maps.shape[1],
        "epochs": EPOCHS,
        "rate": RATE,
        "temperature": temperature,
        "seconds": round(clock.passed, 1),
        "shortened": clock.is_short,
        "libraries": {one: installed_version(one) for one in ("keras", "scikit-learn", "numpy")},
    }
    said = {
        "parameters": parameters,
        "figures": {
            "right": int((probabilities.argmax(axis=1) == classes).sum()),
            "of": len(classes),
        },
    }
    manifest = stored(
        stages, backbone, store, labels, name, title, {**(training or {}), **said}, progress
    )
    features = np.concatenate([features, middles], axis=2)
    return Tuned(manifest, features, probabilities, folds, parameters)


class _Clock:
    """Tells what share of its time a piece of work has used."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.began, self.is_short = seconds, monotonic(), False

    @property
    def passed(self) -> float:
        return monotonic() - self.began

    @property
    def left(self) -> float:
        return self.seconds - self.passed


def _refuse_too_few(classes: np.ndarray, labels: Sequence[Label]) -> None:
    """Raises CannotLearn. classes: int64 (N,), indices of the labels."""
    sizes = np.bincount(classes, minlength=len(labels))
    if np.count_nonzero(sizes) < 2:
        raise CannotLearn("Training deeper takes two classes with pictures.")
    for label, size in zip(labels, sizes, strict=True):
        if 0 < size < FOLDS:
            raise CannotLearn(
                "Training deeper takes %(least)d pictures of each class; %(name)s has %(number)d.",
                least=FOLDS,
                name=label.name,
                number=int(size),
            )


def _looked_at(
    stages: "Stages",
    pixels: np.ndarray,
    recipe: Recipe,
    generator: np.random.Generator,
    clock: _Clock,
    progress: Progress,
) -> tuple[np.ndarray, np.ndarray]:
    """Of what answers see of each picture and of variations of it.

    Maps, float16 (N, V, h, w, c), and features of the middle, float32 (N, V, M).
    """
    of_one = 2 * int(np.prod(stages.map_shape))
    views = min(1 + VARIATIONS, ROOM // (len(pixels) * of_one))
    if views < 1:
        raise CannotLearn(
            "Training deeper takes at most %(most)d pictures with this network.",
            most=ROOM // of_one,
        )
    maps = np.empty((len(pixels), views, *stages.map_shape), np.float16)
    middles: list[list[np.ndarray]] = []
    for view in range(views):
        # At least one variation, or the last stage would learn the pictures by heart.
        if view > 1 and clock.passed > READING * clock.seconds:
            clock.is_short = True
            break
        middles.append([])
        for index, canvas in enumerate(pixels):
            progress("Reading the pictures", view * len(pixels) + index, views * len(pixels))
            seen = varied(canvas, recipe, generator) if view else as_answered(canvas, recipe)
            [maps[index, view]], [middle] = stages.look(seen[np.newaxis])
            middles[view].append(middle)
    return maps[:, : len(middles)], np.stack(middles, axis=1)


def _cross_tuned(
    stages: "Stages",
    maps: np.ndarray,
    classes: np.ndarray,
    folds: np.ndarray,
    generator: np.random.Generator,
    clock: _Clock,
    progress: Progress,
) -> tuple[np.ndarray, np.ndarray, list[list[np.ndarray]]]:
    """What networks that have not seen a picture say of it, and the weights of each of them."""
    original = _features(stages, maps, progress)
    features = np.empty_like(original)
    logits = np.empty((len(classes), stages.classes), np.float32)
    weights = []
    for fold in range(FOLDS):
        held_out = folds == fold
        stages.start(original[~held_out], classes[~held_out])
        share_of_time = _Clock(clock.left / (FOLDS - fold))

        def how_far(done: float, fold: int = fold, time: _Clock = share_of_time) -> float:
            progress("Tuning the network", round(100 * (fold + done)), 100 * FOLDS)
            passed = time.passed / time.seconds if time.seconds > 0 else 1.0
            if passed <= max(done, BEGINNING):
                return done
            clock.is_short = True
            return passed

        stages.tune(maps, np.flatnonzero(~held_out), classes, RATE, EPOCHS, generator, how_far)
        features[held_out] = _features(stages, maps[held_out], progress)
        logits[held_out] = stages.logits(features[held_out, 0])
        weights.append(stages.weights)
    return features, logits, weights


def _features(stages: "Stages", maps: np.ndarray, progress: Progress) -> np.ndarray:
    """Float32 (N, V, D)."""
    each: list[np.ndarray] = []
    for of_one in maps:
        progress("Reading features", len(each), len(maps))
        each.append(stages.features(of_one))
    return np.stack(each)


def _folds(
    classes: np.ndarray, groups: np.ndarray | None, generator: np.random.Generator
) -> np.ndarray:
    """Int64 (N,): the groups of each class are dealt out evenly."""
    _, firsts, group = np.unique(
        np.arange(len(classes)) if groups is None else groups,
        return_index=True,
        return_inverse=True,
    )
    order = generator.permutation(len(firsts))
    order = order[np.argsort(classes[firsts][order], kind="stable")]
    dealt = np.empty(len(firsts), np.int64)
    dealt[order] = np.arange(len(firsts)) % FOLDS
    folds: np.ndarray = dealt[group]
    return folds


def _mean(weights: list[list[np.ndarray]], temperature: float) -> list[np.ndarray]:
    """Of the networks, the head's two divided by the temperature."""
    mean = [np.stack(each).mean(axis=0) for each in zip(*weights, strict=True)]
    return [*mean[:-2], *(part / np.float32(temperature) for part in mean[-2:])]


def _calibrated(logits: np.ndarray, classes: np.ndarray, folds: np.ndarray) -> np.ndarray:
    """Each fold's probabilities with the temperature that the other folds give."""
    from scipy.special import softmax

    said = np.empty_like(logits)
    for fold in range(FOLDS):
        inside = folds == fold
        said[inside] = softmax(
            logits[inside] / temperature_of(logits[~inside], classes[~inside]), axis=1
        )
    return said
