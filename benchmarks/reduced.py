"""What decoding large JPEGs reduced does to answers, at several margins over what is needed."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from statistics import median
from time import process_time

import numpy as np

from benchmarks.intervals import interval
from benchmarks.pictures import Photograph
from predictions.inference.engines import Engine
from predictions.inference.limits import measure
from predictions.inference.pictures import decode, reduction
from predictions.inference.preprocessing import Recipe, preprocess

# Times what the filter scales the shorter side to. None decodes in full, as the recipe before did.
MARGINS = (None, 1.5, 2, 3)


@dataclass
class Seen:
    """The answers of one margin: one entry for each photograph that is reduced by all of them."""

    milliseconds: list[float] = field(default_factory=list)
    pixels: list[np.ndarray] = field(default_factory=list)  # uint8 (224, 224, 3)
    probabilities: list[np.ndarray] = field(default_factory=list)  # float32 (1000,)


@dataclass
class Comparison:
    margins: dict[float | None, Seen]
    truth: list[int] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)


def compare(photographs: Iterable[Photograph], engine: Engine, recipe: Recipe) -> Comparison:
    """Photographs too small to be reduced are left out: for them nothing changes."""
    recipes = {
        margin: replace(recipe, least_side=margin and round(margin * (recipe.shorter_side or 0)))
        for margin in MARGINS
    }
    found = Comparison({margin: Seen() for margin in MARGINS})
    for photograph in photographs:
        measured = measure(photograph.content)
        if reduction(measured, recipe.least_side) == 1:
            continue
        for margin, other in recipes.items():
            began = process_time()
            image = decode(photograph.content, measured, other.least_side)
            pixels = preprocess(image, other)
            seen = found.margins[margin]
            seen.milliseconds.append((process_time() - began) * 1000)
            seen.pixels.append(pixels)
            seen.probabilities.append(engine.predict(pixels[np.newaxis])[0][0])
        found.truth.append(photograph.label)
        found.groups.append(photograph.group)
    return found


def report(found: Comparison) -> None:
    many = len(found.truth)
    print(f"\n{many} of the photographs are large enough to be decoded reduced.")
    if not many:
        return
    full = found.margins[None]
    expected = np.array(full.probabilities)
    print(
        f"{'decoded':12}{'CPU ms':>8}  {'levels: mean, most':20}{'top score: median, most':26}"
        f"{'same top-1, 95 %':28}{'top-1':>8}{'top-5':>8}"
    )
    for margin, seen in found.margins.items():
        answers = np.array(seen.probabilities)
        moved = np.abs(answers.max(axis=1) - expected.max(axis=1))
        levels = [np.abs(a.astype(int) - b) for a, b in zip(seen.pixels, full.pixels, strict=True)]
        same = int((answers.argmax(axis=1) == expected.argmax(axis=1)).sum())
        print(
            f"{'in full' if margin is None else f'{margin} times':12}"
            f"{median(seen.milliseconds):8.0f}  "
            f"{f'{np.mean(levels):.2f}, {np.max(levels)}':20}"
            f"{f'{np.median(moved):.4f}, {moved.max():.3f}':26}"
            f"{interval(same, many):28}"
            f"{right(answers, found.truth, 1)}{right(answers, found.truth, 5)}"
        )
    for margin, seen in found.margins.items():
        flips(margin, np.array(seen.probabilities), expected, found.groups)


def right(answers: np.ndarray, truth: list[int], k: int) -> str:
    """The share of the right class among the first k; nothing if nobody knows it."""
    if min(truth) < 0:
        return f"{'-':>8}"
    best = (-answers).argsort(axis=1, kind="stable")[:, :k]
    return f"{100 * np.mean([label in row for label, row in zip(truth, best, strict=True)]):7.1f}%"


def flips(
    margin: float | None, answers: np.ndarray, expected: np.ndarray, groups: list[str]
) -> None:
    """Which answers changed, and how close the best two were when decoded in full."""
    changed = answers.argmax(axis=1) != expected.argmax(axis=1)
    if not changed.any():
        return
    ordered = np.sort(expected, axis=1)
    gaps = ordered[:, -1] - ordered[:, -2]
    by_group = Counter(group for group, is_other in zip(groups, changed, strict=True) if is_other)
    of = Counter(groups)
    print(
        f"{margin} times, changed by group: "
        + ", ".join(f"{group} {by_group[group]} of {of[group]}" for group in sorted(of))
        + "; the best two were apart by "
        + ", ".join(f"{gap:.3f}" for gap in sorted(gaps[changed]))
        + f" (of all photographs: median {np.median(gaps):.3f}, "
        + f"{int((gaps < gaps[changed].max() + 1e-9).sum())} are no further apart)"
    )
