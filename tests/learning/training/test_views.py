"""What a backbone is shown of a picture."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from learning.training.views import VIEWS, views_of
from predictions.inference.pictures import open_image
from predictions.inference.preprocessing import RECIPES, preprocess

PHOTOGRAPH = Path(__file__).parents[2] / "images" / "chelsea.png"


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_the_first_view_is_what_answers_see_and_the_others_differ(recipe) -> None:
    image = open_image(PHOTOGRAPH.read_bytes())
    views = views_of(image, recipe)
    assert views.shape == (VIEWS, recipe.size, recipe.size, 3) and views.dtype == np.uint8
    assert np.array_equal(views[0], preprocess(image, recipe))
    assert np.array_equal(views[1], views[0][:, ::-1])
    assert len({view.tobytes() for view in views}) == VIEWS


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (3000, 2)])
def test_strips_and_dots_have_views(size: tuple[int, int]) -> None:
    image = open_image(_png(Image.new("RGB", size, "red")))
    for recipe in RECIPES.values():
        assert len(views_of(image, recipe)) == VIEWS


def _png(image: Image.Image) -> bytes:
    content = io.BytesIO()
    image.save(content, "PNG")
    return content.getvalue()
