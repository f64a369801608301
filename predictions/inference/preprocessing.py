"""From an RGB picture to the pixels a model reads; a recipe is data that a manifest can name."""

from dataclasses import dataclass, replace
from math import ceil, floor
from typing import Literal

import numpy as np
from PIL import Image

from predictions.inference.colour import to_srgb
from predictions.inference.limits import UnreadableImage
from predictions.inference.pictures import open_image

__all__ = ["RECIPES", "Recipe", "UnreadableImage", "normalise", "open_image", "preprocess"]


Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Recipe:
    """How a picture becomes a model's input.

    size: side of the square input, in pixels.
    shorter_side: the picture is scaled until its shorter side has this many pixels and the square
        is cut from its centre; None squashes the whole picture into the square, whatever its shape.
    simd: the bicubic filter is cykooz.resizer's instead of Pillow's, see `_bicubic_simd`.
    srgb: colours are converted to sRGB if the picture has a profile, after scaling; otherwise a
        model sees those of a phone paler than they are.
    least_side: a JPEG may be decoded reduced as long as its shorter side keeps so many pixels, see
        `pictures.reduction`.
    channels, mean, scale: input = (pixel - mean) * scale, the channels and the mean in this order,
    pixels 0 to 255.
    """

    name: str
    size: int
    shorter_side: int | None
    resample: Image.Resampling
    channels: Literal["RGB", "BGR"]
    mean: tuple[float, float, float]
    scale: float
    simd: bool = False
    srgb: bool = False
    least_side: int | None = None


# `keras.utils.load_img(target_size=(224, 224))`, then
# `keras.applications.resnet50.preprocess_input`: "caffe" mode of
# keras/src/applications/imagenet_utils.py, means of the ImageNet training set.
SQUASH = Recipe(
    name="squash-nearest-caffe",
    size=224,
    shorter_side=None,
    resample=Image.Resampling.NEAREST,
    channels="BGR",
    mean=(103.939, 116.779, 123.68),
    scale=1.0,
)
# EfficientNet-Lite's MEAN_RGB and STDDEV_RGB (tensorflow/tpu, efficientnet/lite) and its evaluation
# crop.
CROP = Recipe(
    name="crop-bicubic-unit",
    size=224,
    shorter_side=256,
    resample=Image.Resampling.BICUBIC,
    channels="RGB",
    mean=(127.0, 127.0, 127.0),
    scale=1 / 128,
)
CROP_SIMD = replace(CROP, name="crop-bicubic-simd-unit", simd=True)
CROP_SRGB = replace(CROP, name="crop-bicubic-srgb-unit", srgb=True)
CROP_SIMD_SRGB = replace(CROP_SIMD, name="crop-bicubic-simd-srgb-unit", srgb=True)
# Three times what the filter makes of it: with less, fewer than 98 answers of 100 stay the same,
# see docs/performance-notes.md.
REDUCED = 768
CROP_REDUCED = replace(CROP_SRGB, name="crop-bicubic-srgb-reduced-unit", least_side=REDUCED)
CROP_SIMD_REDUCED = replace(
    CROP_SIMD_SRGB, name="crop-bicubic-simd-srgb-reduced-unit", least_side=REDUCED
)
# As ResNet50 was trained (He et al. 2015, section 3.4): the middle of the picture, not squashed.
CROP_CAFFE, CROP_SIMD_CAFFE = (
    replace(
        recipe,
        name=recipe.name.replace("unit", "caffe"),
        channels=SQUASH.channels,
        mean=SQUASH.mean,
        scale=SQUASH.scale,
    )
    for recipe in (CROP_REDUCED, CROP_SIMD_REDUCED)
)
# For EfficientNet-Lite2: nearly the same part of the picture, in more pixels.
CROP_320, CROP_SIMD_320 = (
    replace(recipe, name=f"{recipe.name}-320", size=320, shorter_side=352, least_side=3 * 352)
    for recipe in (CROP_REDUCED, CROP_SIMD_REDUCED)
)
RECIPES = {
    recipe.name: recipe
    for recipe in (
        SQUASH,
        CROP,
        CROP_SIMD,
        CROP_SRGB,
        CROP_SIMD_SRGB,
        CROP_REDUCED,
        CROP_SIMD_REDUCED,
        CROP_CAFFE,
        CROP_SIMD_CAFFE,
        CROP_320,
        CROP_SIMD_320,
    )
}


def preprocess(image: Image.Image, recipe: Recipe) -> np.ndarray:
    """What a model sees of a picture of `open_image`: uint8 of shape (size, size, 3).

    The channels are in the recipe's order. Engines normalise, with all their threads, what is a
    quarter of the normalised bytes.
    """
    box = _box(image.size, recipe)
    if recipe.simd:
        square = _bicubic_simd(image, recipe.size, box)
    else:
        square = image.resize((recipe.size, recipe.size), recipe.resample, box)
    if recipe.srgb:
        square = to_srgb(square, image.info.get("icc_profile", b""))
    content = square.tobytes("raw", recipe.channels)  # NumPy would be slow to order channels
    return np.frombuffer(content, np.uint8).reshape(recipe.size, recipe.size, 3)


def normalise(pixels: np.ndarray, recipe: Recipe) -> np.ndarray:
    """A model's input: float32 of the shape of `pixels`, which `preprocess` has made."""
    return (pixels - np.array(recipe.mean, np.float32)) * np.float32(recipe.scale)


def _bicubic_simd(image: Image.Image, size: int, box: Box) -> Image.Image:
    """The box as a square of this side: Pillow's bicubic filter in a fifth of the time.

    Weights are rounded in another way, so that one value in two hundred is a level away from
    Pillow's (one in ten where the picture is enlarged); which, is the same on every processor.
    Across and down are two steps, as they are in Pillow: the library by itself goes down first, and
    since what is between the steps is cut to 0 to 255, that moves scores in the second place.
    """
    # Has no wheel for Linux on ARM, where no version has this recipe.
    from cykooz_resizer import CropBox, FilterType, ResizeAlg, ResizeOptions, Resizer

    resizer, cubic = Resizer(), ResizeAlg.convolution(FilterType.catmull_rom)

    def scaled(image: Image.Image, height: int, crop: CropBox) -> Image.Image:
        result = Image.new("RGB", (size, height))
        resizer.resize_pil(image, result, ResizeOptions(cubic, crop_box=crop))
        return result

    left, upper, right, lower = box
    # The filter looks two pixels far, of those of the square if they are larger. Other rows would
    # be work for nothing, a lot of it in a picture a pixel wide.
    reach = 2 * max(1.0, (lower - upper) / size)
    first, last = max(0, floor(upper - reach)), min(image.height, ceil(lower + reach))
    across = scaled(image, last - first, CropBox(left, first, right - left, last - first))
    return scaled(across, size, CropBox(0, upper - first, size, lower - upper))


def _box(size: tuple[int, int], recipe: Recipe) -> Box:
    """The part of the picture that fills the square: left, upper, right, lower, in its pixels.

    Cutting before scaling gives the pixels that scaling before cutting would, without ever holding
    the scaled picture, which for a strip of 1 by 1,000,000 pixels would have 65 gigapixels.
    """
    width, height = size
    if recipe.shorter_side is None:
        return (0, 0, width, height)
    side = min(width, height) * recipe.size / recipe.shorter_side
    left, upper = (width - side) / 2, (height - side) / 2
    return (left, upper, left + side, upper + side)
