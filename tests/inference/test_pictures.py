"""The model gets the pixels that people see, whatever the format of the picture."""

import io
import struct
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from predictions.inference.limits import UnreadableImage
from predictions.inference.pictures import open_image
from tests.demanding import segment

RED, BLUE, WHITE = (255, 0, 0), (0, 0, 255), (255, 255, 255)


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def half_red(mode: str = "RGB") -> Image.Image:
    """Red on the left, blue on the right, 40 by 20."""
    image = Image.new("RGB", (40, 20), RED)
    image.paste(BLUE, (20, 0, 40, 20))
    return image.convert(mode)


def assert_is_half_red(image: Image.Image, tolerance: int = 0) -> None:
    assert image.mode == "RGB"
    assert image.size == (40, 20)
    for place, colour in (((8, 10), RED), ((32, 10), BLUE)):
        assert np.abs(np.subtract(image.getpixel(place), colour)).max() <= tolerance


@pytest.mark.parametrize("name", ["chelsea.png", "rocket.jpg"])
def test_opening_a_photograph_keeps_every_pixel(images: Path, name: str) -> None:
    opened = open_image((images / name).read_bytes())
    np.testing.assert_array_equal(opened, Image.open(images / name))
    assert opened.format == ("PNG" if name.endswith("png") else "JPEG")


def test_a_picture_can_be_opened_from_a_file_object(images: Path) -> None:
    with (images / "coffee.png").open("rb") as file:
        assert open_image(file).size == (600, 400)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_rotated_photograph_is_turned_upright(images: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    photograph = Image.open(images / "coffee.png").convert("RGB")
    content = encoded(photograph, "PNG", exif=exif)
    np.testing.assert_array_equal(
        open_image(content), ImageOps.exif_transpose(Image.open(io.BytesIO(content)))
    )
    if orientation == 6:  # a telephone held upright: its top is the sensor's left side
        assert open_image(content).getpixel((399, 0)) == photograph.getpixel((0, 0))


def entry(tag: int, kind: int, count: int, value: bytes) -> bytes:
    return struct.pack(">HHI", tag, kind, count) + value.ljust(4, b"\0")


@pytest.mark.parametrize(
    ("entries", "is_turned"),
    [
        ([entry(0x0112, 3, 1, b"\0\6")], True),
        ([entry(0x010F, 99, 0xFFFFFFFF, b"\xff" * 4), entry(0x0112, 3, 1, b"\0\6")], True),
        ([entry(0x0112, 3, 1, b"\0\x09"), entry(0x0112, 3, 1, b"\0\6")], True),
        ([entry(0x0112, 3, 1, b"\0\1"), entry(0x0112, 3, 1, b"\0\6")], False),
        ([entry(0x0112, 3, 2, b"\0\6\0\6")], False),
        ([entry(0x0112, 4, 1, b"\0\0\0\6")], False),
        ([entry(0x0112, 8, 1, b"\0\6")], False),
        ([entry(0x0112, 3, 1, b"\0\6")[:10]], False),
    ],
    ids=["usual", "late", "second", "first", "two numbers", "long", "signed", "cut off"],
)
def test_browsers_and_we_read_the_same_orientation(entries: list[bytes], is_turned: bool) -> None:
    """Checked with Chromium 156."""
    exif = b"MM\0*\0\0\0\x08" + struct.pack(">H", len(entries)) + b"".join(entries)
    content = encoded(half_red(), "PNG", exif=exif)
    assert open_image(content).size == ((20, 40) if is_turned else (40, 20))
    assert open_image(content.replace(b"MM\0*", b"MM\0+")).size == (40, 20)


@pytest.mark.parametrize("first", [b"", b"Exif\0\0", b"Exif\0\xff", b"http://ns.adobe.com/"])
def test_the_first_exif_segment_that_holds_anything_turns_a_jpeg(first: bytes) -> None:
    turned = b"MM\0*\0\0\0\x08\0\1" + entry(0x0112, 3, 1, b"\0\6")
    plain = encoded(half_red(), "JPEG")
    for filling in (b"\0", b"\xff"):
        segments = segment(0xE1, first) + segment(0xE1, b"Exif\0" + filling + turned)
        assert open_image(plain[:2] + segments + plain[2:]).size == (20, 40)
    upright = segment(0xE1, b"Exif\0\0MM") + segment(0xE1, b"Exif\0\0" + turned)
    assert open_image(plain[:2] + upright + plain[2:]).size == (40, 20)


def test_damaged_exif_does_not_change_a_picture() -> None:
    assert_is_half_red(open_image(encoded(half_red(), "PNG", exif=b"Exif\0\0II*\0\xff\xff\xff")))


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_an_animation_is_opened_as_its_first_frame(kind: str) -> None:
    second = Image.new("RGB", (40, 20), (0, 255, 0))
    options = {"lossless": True} if kind == "WEBP" else {}
    content = encoded(
        half_red(), kind, save_all=True, append_images=[second], duration=100, **options
    )
    assert Image.open(io.BytesIO(content)).n_frames == 2
    assert_is_half_red(open_image(content))


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparent_pixels_are_blended_with_white(mode: str) -> None:
    image = Image.new("RGB", (4, 2), (0, 0, 0)).convert(mode)
    image.putalpha(Image.frombytes("L", (4, 2), bytes([0, 128, 255, 255] * 2)))
    opened = open_image(encoded(image, "PNG"))
    assert [opened.getpixel((x, 0)) for x in range(3)] == [WHITE, (127, 127, 127), (0, 0, 0)]


def test_a_transparent_palette_colour_becomes_white() -> None:
    image = half_red().quantize(2)
    for kind in ("PNG", "GIF"):
        opened = open_image(encoded(image, kind, transparency=image.getpixel((0, 0))))
        assert opened.getpixel((8, 10)) == WHITE
        assert opened.getpixel((32, 10)) == BLUE


def test_a_transparent_colour_without_a_palette_becomes_white() -> None:
    opened = open_image(encoded(half_red(), "PNG", transparency=RED))
    assert opened.getpixel((8, 10)) == WHITE
    assert opened.getpixel((32, 10)) == BLUE


def test_a_palette_picture_keeps_its_colours() -> None:
    assert_is_half_red(open_image(encoded(half_red().quantize(16), "PNG")))


def test_a_cmyk_picture_keeps_its_colours() -> None:
    # Cyan 0, magenta 255, yellow 255 is red; Pillow writes Adobe's inverted CMYK and reads both.
    image = Image.new("CMYK", (40, 20), (0, 255, 255, 0))
    image.paste((255, 255, 0, 0), (20, 0, 40, 20))
    assert_is_half_red(open_image(encoded(image, "JPEG", quality=95)), tolerance=8)


def test_16_bit_grey_is_scaled_and_not_clipped() -> None:
    values = np.array([[0, 128, 129, 257, 32768, 32896, 65406, 65535]], dtype=np.uint16)
    opened = open_image(encoded(Image.fromarray(values), "PNG"))
    expected = np.rint(values / 257).astype(np.uint8)
    np.testing.assert_array_equal(np.asarray(opened), np.repeat(expected[..., None], 3, axis=2))


def test_8_bit_grey_stays_as_it_is() -> None:
    grey = np.arange(256, dtype=np.uint8)[None]
    opened = np.asarray(open_image(encoded(Image.fromarray(grey), "PNG")))
    np.testing.assert_array_equal(opened, np.repeat(grey[..., None], 3, axis=2))


def test_a_1_bit_picture_is_black_and_white() -> None:
    image = Image.new("1", (4, 2), 0)
    image.putpixel((1, 0), 1)
    opened = open_image(encoded(image, "PNG"))
    assert opened.getpixel((0, 0)) == (0, 0, 0)
    assert opened.getpixel((1, 0)) == WHITE


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
def test_a_truncated_file_is_refused(images: Path, kind: str) -> None:
    content = encoded(Image.open(images / "rocket.jpg"), kind)
    assert open_image(content).format == kind
    for part in (0.01, 0.5, 0.95):
        with pytest.raises(UnreadableImage, match="damaged, cut off"):
            open_image(content[: int(len(content) * part)])


@pytest.mark.parametrize("content", [b"", b"hello", b"\x89PNG\r\n\x1a\n", b"%!PS-Adobe-3.0 EPSF"])
def test_a_file_that_is_not_a_picture_is_refused(content: bytes) -> None:
    with pytest.raises(UnreadableImage, match="cannot be read as an image"):
        open_image(content)


def test_a_picture_in_an_unsupported_format_is_refused() -> None:
    for kind in ("BMP", "TIFF", "PPM"):
        with pytest.raises(UnreadableImage, match="another format"):
            open_image(encoded(half_red(), kind))


def test_a_picture_with_too_many_pixels_is_refused() -> None:
    content = encoded(half_red(), "PNG")
    assert open_image(content, max_pixels=800).size == (40, 20)
    with pytest.raises(UnreadableImage, match=r"too many pixels: 40 × 20. The limit is 799"):
        open_image(content, max_pixels=799)


@pytest.mark.parametrize("side", [10_000, 60_000])
def test_a_decompression_bomb_is_refused_before_it_is_decoded(side: int) -> None:
    """100 and 3,600 megapixels: above Pillow's warning and above its error."""
    content = bytearray(encoded(half_red(), "GIF"))
    content[6:10] = struct.pack("<HH", side, side)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(UnreadableImage, match="too many pixels"):
            open_image(bytes(content))
