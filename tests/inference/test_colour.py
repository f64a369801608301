"""Pictures with a colour profile count as they are shown: in sRGB."""

import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from predictions.inference.colour import to_srgb
from predictions.inference.engines import Engine, load_engine
from predictions.inference.pictures import open_image
from predictions.inference.preprocessing import RECIPES, preprocess
from predictions.inference.store import Manifest, ModelStore
from predictions.pictures.metadata import without_metadata
from predictions.pictures.uploads import PictureUpload
from tests.colours import display_p3, in_display_p3, press
from tests.demanding import chunk, segment
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


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        ((0, 0, 0, 0), (255, 255, 255)),
        ((0, 200, 200, 0), (251, 106, 57)),
        ((200, 0, 30, 0), (75, 203, 225)),
        ((20, 60, 0, 90), (202, 152, 153)),
        ((0, 0, 0, 255), (139, 67, 41)),
    ],
)
def test_a_picture_for_print_becomes_the_srgb_that_chromium_shows(
    amounts: tuple[int, ...], expected: tuple[int, int, int]
) -> None:
    content = saved(Image.new("CMYK", (8, 8), amounts), "JPEG", icc_profile=press())
    for picture in (content, without_metadata(PictureUpload.of(content, "a"), "JPEG").read()):
        image = open_image(picture)
        shown = to_srgb(image, image.info["icc_profile"]).getpixel((4, 4))
        assert np.abs(np.subtract(shown, expected)).max() <= 3


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_profile_is_found_in_every_format_that_has_one(kind: str) -> None:
    assert flat(ORANGE, display_p3(), kind).info["icc_profile"] == display_p3()


def test_a_profile_in_many_pieces_is_put_together() -> None:
    large = display_p3() + bytes(200_000)
    assert flat(ORANGE, large, "JPEG").info["icc_profile"] == large


def pieces(*numbered: tuple[int, int, bytes]) -> bytes:
    plain = saved(Image.new("RGB", (8, 8), ORANGE), "JPEG")
    said = (b"ICC_PROFILE\0" + bytes([number, most]) + data for number, most, data in numbered)
    return plain[:2] + b"".join(segment(0xE2, data) for data in said) + plain[2:]


P3 = display_p3()
CUT = P3[:100], P3[100:]


@pytest.mark.parametrize(
    ("content", "is_used"),
    [
        (pieces((2, 2, CUT[1]), (1, 2, CUT[0])), True),
        (pieces((1, 1, P3), (1, 1, P3)), True),
        (pieces((1, 3, CUT[0]), (2, 3, CUT[1])), False),
        (pieces((1, 2, CUT[0]), (2, 9, CUT[1])), False),
        (pieces((0, 1, P3)), False),
        (pieces((0, 0, P3)), False),
    ],
    ids=["swapped", "twice", "lacks the last", "disagreeing", "number 0", "of 0"],
)
def test_pieces_of_a_profile_count_when_they_are_all_there(content: bytes, is_used: bool) -> None:
    assert open_image(content).info["icc_profile"] == (P3 if is_used else b"")


def changed(at: int, value: bytes) -> bytes:
    return P3[:at] + value + P3[at + len(value) :]


@pytest.mark.parametrize(
    "damaged",
    [
        changed(0, (len(P3) + 4).to_bytes(4, "big")),
        changed(0, b"\0\0\0\1"),
        changed(36, b"ACSP"),
        changed(68, b"\0\0\xa0\0"),
        changed(128, b"\xff\xff\xff\xff"),
        changed(136, b"\xff\xff\xff\xff"),
        changed(140, b"\0\0\xff\xff"),
        changed(140, b"\0\0\0\3"),
    ],
    ids=["long", "short", "signature", "white", "tags", "start", "beyond", "empty tag"],
)
def test_a_profile_that_browsers_refuse_is_ignored_and_not_mended(damaged: bytes) -> None:
    """Checked with Chromium 156; stripping would write a sound one."""
    for kind in ("PNG", "JPEG"):
        content = saved(Image.new("RGB", (8, 8), ORANGE), kind, icc_profile=damaged)
        assert open_image(content).info["icc_profile"] == b""
        assert b"acsp" not in without_metadata(PictureUpload.of(content, "a"), kind).read()


@pytest.mark.parametrize(
    ("before", "is_used"),
    [
        (b"x\0\0", True),
        (b"x" * 79 + b"\0\0", True),
        (b"x" * 80 + b"\0\0", False),
        (b"\0\0", False),
        (b"x\0\1", False),
    ],
)
def test_a_profile_in_a_png_needs_a_name_and_the_one_compression(
    before: bytes, is_used: bool
) -> None:
    plain = saved(Image.new("RGB", (8, 8), ORANGE), "PNG")
    content = plain[:33] + chunk(b"iCCP", before + zlib.compress(P3)) + plain[33:]
    assert open_image(content).info["icc_profile"] == (P3 if is_used else b"")


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
    assert flat(ORANGE, press()).info["icc_profile"] == b""


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
