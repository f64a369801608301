"""Pictures with a colour profile count as they are shown: in sRGB."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from predictions.inference.colour import to_srgb
from predictions.inference.engines import Engine, load_engine
from predictions.inference.pictures import open_image
from predictions.inference.preprocessing import RECIPES, preprocess
from predictions.inference.store import Manifest, ModelStore
from tests.colours import display_p3, in_display_p3
from tests.fuzz.seeds import photograph, profile, saved

SKY, ORANGE = (60, 160, 70), (200, 60, 40)


def flat(colour: tuple[int, int, int], icc: bytes, kind: str = "PNG") -> Image.Image:
    return open_image(saved(Image.new("RGB", (8, 8), colour), kind, icc_profile=icc))


@pytest.mark.parametrize(("colour", "expected"), [(ORANGE, (220, 37, 12)), (SKY, (0, 164, 52))])
def test_display_p3_becomes_the_srgb_that_chromium_shows(
    colour: tuple[int, int, int], expected: tuple[int, int, int]
) -> None:
    image = flat(colour, display_p3())
    shown = to_srgb(image, image.info["icc_profile"]).getpixel((4, 4))
    assert np.abs(np.subtract(shown, expected)).max() <= 1


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_profile_is_found_in_every_format_that_has_one(kind: str) -> None:
    assert flat(ORANGE, display_p3(), kind).info["icc_profile"] == display_p3()


def test_a_profile_in_many_pieces_is_put_together() -> None:
    large = display_p3() + bytes(200_000)
    assert flat(ORANGE, large, "JPEG").info["icc_profile"] == large


def test_srgb_stays_as_it_is() -> None:
    image = photograph()
    assert to_srgb(image, profile()).tobytes() == image.tobytes()


@pytest.mark.parametrize(
    "broken",
    [b"", b"x" * 200, display_p3()[:200], display_p3()[:128] + b"\xff" * 364, bytes(4_000_000)],
    ids=["none", "no profile", "cut off", "damaged", "large"],
)
def test_a_broken_profile_is_ignored(broken: bytes) -> None:
    image = flat(ORANGE, broken)
    assert to_srgb(image, image.info["icc_profile"]).getpixel((0, 0)) == ORANGE


def test_a_profile_of_other_colours_than_the_pixels_is_ignored() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    assert flat(ORANGE, lab).info["icc_profile"] == b""
    cmyk = Image.new("CMYK", (8, 8), (0, 255, 255, 0))
    assert open_image(saved(cmyk, "JPEG", icc_profile=display_p3())).info["icc_profile"] == b""


def both(path: Path) -> tuple[Image.Image, Image.Image]:
    """A photograph as a phone would save it, and as it is."""
    with Image.open(path) as image:
        return open_image(in_display_p3(image.convert("RGB"))), open_image(path.read_bytes())


@pytest.mark.parametrize("name", ["coffee.png", "chelsea.png"])
def test_the_model_reads_a_wide_gamut_photograph_as_its_srgb_original(
    images: Path, name: str
) -> None:
    pictures = both(images / name)

    def distance(recipe: str) -> float:
        ours, expected = (preprocess(image, RECIPES[recipe]).astype(int) for image in pictures)
        return float(np.abs(ours - expected).mean())

    assert distance("crop-bicubic-srgb-unit") < 1
    assert distance("crop-bicubic-simd-srgb-unit") < 1
    assert distance("crop-bicubic-simd-unit") > 3


def test_the_answer_to_a_wide_gamut_photograph_is_that_to_its_srgb_original(
    store: ModelStore, lite: Manifest, images: Path
) -> None:
    engine: Engine = load_engine("openvino", store.path(lite.name, lite.version))
    wide, original = both(images / "chelsea.png")
    as_before = preprocess(wide, RECIPES["crop-bicubic-simd-unit"])
    batch = np.stack([engine.preprocess(wide), engine.preprocess(original), as_before])
    ours, expected, before = engine.predict(batch)[0]
    assert ours.argmax() == expected.argmax() != before.argmax()
    assert np.abs(ours - expected).max() < 0.01
