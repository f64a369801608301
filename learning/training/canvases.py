"""What fine-tuning reads of a picture: a square with a margin, shown in another way each time."""

from dataclasses import replace

import numpy as np
from PIL import Image, ImageEnhance

from predictions.inference.preprocessing import Recipe, preprocess

SMALLEST = 0.6  # of the canvas's area
COLOURS = (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color)
MILD = 0.15


def canvas_of(image: Image.Image, recipe: Recipe) -> np.ndarray:
    """Uint8 (S, S, 3) of an RGB picture of `open_image`.

    The square from which the recipe cuts what answers see; where it cuts nothing, all they see.
    """
    return preprocess(image, replace(recipe, size=recipe.shorter_side or recipe.size))


def as_answered(canvas: np.ndarray, recipe: Recipe) -> np.ndarray:
    """What answers see of it: uint8 (size, size, 3)."""
    margin = (len(canvas) - recipe.size) // 2
    inside = slice(margin, margin + recipe.size)
    return canvas[inside, inside]


def varied(canvas: np.ndarray, recipe: Recipe, generator: np.random.Generator) -> np.ndarray:
    """A random part of it, mirrored or not, in slightly other colours: uint8 (size, size, 3)."""
    whole = len(canvas)
    side = whole * np.sqrt(generator.uniform(SMALLEST, 1))
    left, upper = generator.uniform(0, whole - side, 2)
    picture = Image.fromarray(canvas).resize(
        (recipe.size, recipe.size),
        Image.Resampling.BILINEAR,
        (left, upper, left + side, upper + side),
    )
    if generator.random() < 0.5:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    for enhance in COLOURS:
        picture = enhance(picture).enhance(generator.uniform(1 - MILD, 1 + MILD))
    return np.asarray(picture)
