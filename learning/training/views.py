"""What a backbone is shown of a picture to learn from."""

import numpy as np
from PIL import Image

from predictions.inference.preprocessing import Recipe, preprocess

# Corners are this share of the shorter side wide, of which a recipe may cut off the edges again.
CORNER = 0.8
VIEWS = 6


def views_of(image: Image.Image, recipe: Recipe) -> np.ndarray:
    """Uint8 (VIEWS, size, size, 3) of an RGB picture of `open_image`.

    View 0 is what answers see. The others are its mirror image and the four corners; learning from
    them, too, is worth two to three points with 10 or 20 pictures a class (docs/learning.md).
    """
    whole = preprocess(image, recipe)
    return np.stack([whole, whole[:, ::-1], *(preprocess(c, recipe) for c in _corners(image))])


def _corners(image: Image.Image) -> list[Image.Image]:
    side = max(1, round(min(image.size) * CORNER))
    right, lower = image.width - side, image.height - side
    return [
        image.crop((left, upper, left + side, upper + side))
        for upper in (0, lower)
        for left in (0, right)
    ]
