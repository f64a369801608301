"""Preprocessing equals that of the model's training and of the published results."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from predictions.inference.pictures import open_image
from predictions.inference.preprocessing import RECIPES, Recipe, normalise, preprocess

SQUASH = RECIPES["squash-nearest-caffe"]
CROP = RECIPES["crop-bicubic-unit"]
CROP_SIMD = RECIPES["crop-bicubic-simd-unit"]
crops = pytest.mark.parametrize("recipe", [CROP, CROP_SIMD], ids=lambda recipe: recipe.name)


@pytest.mark.parametrize("name", ["chelsea.png", "coffee.png", "rocket.jpg"])
def test_preprocessing_for_resnet50_equals_that_of_keras(images: Path, name: str) -> None:
    import keras

    loaded = keras.utils.load_img(images / name, target_size=(224, 224))
    expected = keras.applications.resnet50.preprocess_input(keras.utils.img_to_array(loaded))
    ours = normalise(preprocess(open_image((images / name).read_bytes()), SQUASH), SQUASH)
    assert ours.dtype == expected.dtype == np.float32
    np.testing.assert_array_equal(ours, expected)


@crops
@pytest.mark.parametrize("size", [(600, 400), (300, 450)])
@pytest.mark.parametrize("name", ["chelsea.png", "coffee.png", "rocket.jpg"])
def test_lite0_gets_the_centre_of_the_picture_scaled_to_256(
    images: Path, name: str, size: tuple[int, int], recipe: Recipe
) -> None:
    # Sizes whose scaled picture and cut fall on whole pixels, so that both ways can be compared.
    image = open_image((images / name).read_bytes()).resize(size)
    scale = 256 / min(size)
    scaled = image.resize(
        (round(size[0] * scale), round(size[1] * scale)), Image.Resampling.BICUBIC
    )
    left, upper = (scaled.width - 224) // 2, (scaled.height - 224) // 2
    centre = np.asarray(scaled.crop((left, upper, left + 224, upper + 224)), dtype=np.float32)
    difference = np.abs(preprocess(image, recipe) - centre)
    # Pillow rounds to whole grey values between the two directions, in an order it chooses.
    assert difference.mean() < 0.5


@pytest.mark.parametrize("size", [None, (470, 390), (3000, 224), (40, 900), (4000, 3000)])
@pytest.mark.parametrize("name", ["chelsea.png", "coffee.png", "rocket.jpg"])
def test_simd_resizing_differs_from_pillow_by_at_most_two_levels(
    images: Path, name: str, size: tuple[int, int] | None
) -> None:
    image = open_image((images / name).read_bytes())
    image = image.resize(size) if size else image
    ours, pillows = preprocess(image, CROP_SIMD).astype(int), preprocess(image, CROP)
    difference = np.abs(ours - pillows)
    assert difference.max() <= 2
    assert (difference > 0).mean() < (0.01 if min(image.size) >= 224 else 0.1)


@pytest.mark.parametrize("size", [(1, 1), (224, 224), (1, 3000), (3000, 1), (2, 400_000)])
@pytest.mark.parametrize("recipe", [SQUASH, CROP, CROP_SIMD], ids=lambda recipe: recipe.name)
def test_a_picture_of_any_size_becomes_224_by_224_pixels(
    size: tuple[int, int], recipe: Recipe
) -> None:
    pixels = preprocess(Image.new("RGB", size, (255, 127, 0)), recipe)
    assert pixels.shape == (224, 224, 3)
    assert pixels.dtype == np.uint8
    # One colour stays one colour, whatever the cut.
    assert (pixels == pixels[0, 0]).all()


@crops
def test_lite0_gets_its_channels_in_the_order_red_green_blue(recipe: Recipe) -> None:
    pixels = normalise(preprocess(Image.new("RGB", (300, 200), (255, 127, 0)), recipe), recipe)
    np.testing.assert_array_equal(pixels[0, 0], [1.0, 0.0, -127 / 128])
