"""Large JPEGs are decoded reduced where a recipe allows it, and look the same to the model."""

import io

import numpy as np
import pytest
from PIL import Image, ImageOps

from predictions.inference.limits import measure
from predictions.inference.pictures import open_image, reduction
from predictions.inference.preprocessing import CROP, CROP_REDUCED, CROP_SRGB, preprocess

LEAST = 512


def photograph(size, **options) -> bytes:
    """Shapes and grain in this size."""
    random = np.random.default_rng(3)
    coarse = Image.fromarray(random.integers(0, 256, (9, 12, 3), dtype=np.uint8))
    fine = Image.fromarray(random.integers(0, 256, (size[1], size[0], 3), dtype=np.uint8))
    picture = Image.blend(coarse.resize(size, Image.Resampling.BICUBIC), fine, 0.1)
    content = io.BytesIO()
    picture.save(content, options.pop("format", "JPEG"), quality=90, **options)
    return content.getvalue()


@pytest.mark.parametrize(
    ("size", "factor"),
    [
        ((1024, 1023), 1),
        ((1024, 2000), 2),
        ((4000, 3000), 4),
        ((4096, 4096), 8),
        ((6000, 700), 1),  # its shorter side counts
    ],
)
def test_the_shorter_side_keeps_at_least_so_many_pixels(size, factor):
    content = photograph(size)
    assert reduction(measure(content), LEAST) == factor
    assert reduction(measure(content), None) == 1
    reduced = open_image(content, least_side=LEAST)
    assert reduced.size == tuple(-(-side // factor) for side in size)
    assert open_image(content).size == size


@pytest.mark.parametrize("format", ["PNG", "WEBP"])
def test_other_formats_are_decoded_in_full(format):
    content = photograph((1300, 1100), format=format)
    assert open_image(content, least_side=LEAST).size == (1300, 1100)


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}])
def test_the_model_sees_the_same(options):
    content = photograph((2300, 2900), **options)
    full = preprocess(open_image(content), CROP_SRGB)
    reduced = preprocess(open_image(content, least_side=CROP_REDUCED.least_side), CROP_REDUCED)
    difference = np.abs(full.astype(int) - reduced)
    assert difference.max() <= 4
    assert difference.mean() < 0.5
    assert CROP_REDUCED.least_side == 3 * (CROP.shorter_side or 0)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_it_is_upright_whatever_exif_says(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = photograph((1700, 1100), exif=exif)
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(content)))
    reduced = open_image(content, least_side=LEAST)
    assert reduced.size == tuple(side // 2 for side in upright.size)
    small = upright.convert("RGB").resize(reduced.size, Image.Resampling.BOX)
    assert np.abs(np.asarray(small).astype(int) - np.asarray(reduced)).mean() < 2


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_grey_and_print_colours_are_reduced_as_well(mode):
    content = io.BytesIO()
    Image.open(io.BytesIO(photograph((1200, 1100)))).convert(mode).save(content, "JPEG")
    full, reduced = (
        np.asarray(open_image(content.getvalue(), least_side=least).resize((300, 275)))
        for least in (None, LEAST)
    )
    assert np.abs(full.astype(int) - reduced).mean() < 2


def test_one_without_its_end_is_reduced_and_one_that_is_cut_off_refused():
    content = photograph((1200, 1100))
    assert open_image(content[:-2], least_side=LEAST).size == (600, 550)
    with pytest.raises(ValueError, match="cut off"):
        open_image(content[:-9000], least_side=LEAST)


def test_it_takes_less_memory_but_for_the_coefficients_of_several_scans():
    plain, progressive = (measure(photograph((1200, 1100), progressive=p)) for p in (False, True))
    pixels = 1200 * 1100
    assert plain.reduced(2).memory == plain.memory // 4
    assert plain.reduced(1) == plain
    assert progressive.reduced(2).memory > 2 * pixels
    without_end = measure(photograph((1200, 1100))[:-2])
    assert without_end.reduced(2).memory == without_end.memory
