"""Pictures count as browsers show them, on white: checked with Chromium 156."""

import struct
import zlib

import pytest
from PIL import Image

from predictions.inference.limits import UnreadableImage
from predictions.inference.pictures import open_image
from tests.demanding import chunk
from tests.fuzz.seeds import saved

SIGNATURE, WHITE = b"\x89PNG\r\n\x1a\n", (255, 255, 255)


def png(
    depth: int, colour: int, row: bytes, width: int, *chunks: bytes, behind: bytes = b""
) -> bytes:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, 1, depth, colour, 0, 0, 0))
    data = chunk(b"IDAT", zlib.compress(b"\0" + row))
    return b"".join([SIGNATURE, header, *chunks, data, behind, chunk(b"IEND", b"")])


def damaged(chunk: bytes) -> bytes:
    return chunk[:-1] + bytes([chunk[-1] ^ 1])


def pixels(content: bytes) -> list[tuple[int, ...]]:
    image = open_image(content)
    return [image.getpixel((x, 0)) for x in range(image.width)]


def clear(*levels: int) -> bytes:
    return chunk(b"tRNS", struct.pack(f">{len(levels)}H", *levels))


@pytest.mark.parametrize(
    ("depth", "row", "level", "expected"),
    [
        (1, b"\x40", 1, [0, 255]),
        (1, b"\x40", 0, [255, 255]),
        (2, b"\x10", 1, [0, 255]),
        (4, b"\xa5", 5, [170, 255]),
        (8, b"\xa5\x05", 5, [165, 255]),
        (16, struct.pack(">2H", 513, 514), 514, [2, 255]),
        (4, b"\xa5", 0x1015, [170, 85]),  # no such level
        (4, b"\xa5", 0x1005, [170, 255]),  # only the lower byte counts
        (8, b"\xa5\x05", 0x0105, [165, 255]),
    ],
)
def test_the_transparent_grey_is_white_in_every_depth(
    depth: int, row: bytes, level: int, expected: list[int]
) -> None:
    assert [grey for grey, *_ in pixels(png(depth, 0, row, 2, clear(level)))] == expected


def test_only_the_transparent_16_bit_colour_is_white_and_not_its_neighbour() -> None:
    row = struct.pack(">6H", 1, 2, 3, 1, 2, 4)
    assert pixels(png(16, 2, row, 2, clear(1, 2, 3))) == [WHITE, (0, 0, 0)]


@pytest.mark.parametrize("lossless", [True, False])
def test_around_a_first_frame_that_is_smaller_than_its_canvas_a_webp_is_white(
    lossless: bool,
) -> None:
    frames = [Image.new("RGBA", (40, 20), colour) for colour in ((0, 0, 0, 0), "blue")]
    frames[0].paste("red", (20, 0, 40, 20))
    animation = saved(
        frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=lossless, quality=100
    )
    assert (
        int.from_bytes(animation[animation.index(b"ANMF") + 8 :][:3], "little") == 10
    )  # of two pixels
    image = open_image(animation)
    assert image.getpixel((5, 5)) == WHITE
    assert image.getpixel((30, 5))[0] > 250
    assert image.getpixel((30, 5))[2] < 5


def gif(left: int, transparent: bool) -> bytes:
    """A red frame of 8 by 8 on a screen of 16 by 16."""
    content = bytearray(saved(Image.new("P", (8, 8), 1), "GIF"))
    content[6:10] = struct.pack("<2H", 16, 16)
    at = content.index(b",\0\0\0\0")
    content[at + 1 : at + 5] = struct.pack("<2H", left, left)
    control = b"!\xf9\x04" + bytes([transparent, 0, 0, 7]) + b"\0"
    return bytes(content[:at]) + control + bytes(content[at:])


@pytest.mark.parametrize("transparent", [False, True])
def test_around_a_first_frame_that_is_smaller_than_its_screen_a_gif_is_white(
    transparent: bool,
) -> None:
    image = open_image(gif(8, transparent))
    assert image.size == (16, 16)
    assert image.getpixel((2, 2)) == image.getpixel((2, 12)) == WHITE
    assert image.getpixel((12, 12)) != WHITE


CONTROL = chunk(b"acTL", struct.pack(">2I", 1, 0))
FRAME = chunk(b"fcTL", struct.pack(">5I2H2B", 0, 1, 1, 1, 0, 0, 1, 0, 0))
FRAME_DATA = chunk(b"fdAT", struct.pack(">I", 1) + zlib.compress(b"\0\0\0\xff"))


def apng(
    in_animation: bool = False,
    control: bytes = CONTROL,
    frame: bytes = FRAME,
    data: bytes = FRAME_DATA,
) -> bytes:
    """A red picture, and a blue frame of a pixel on its right."""
    whole = struct.pack(">5I2H2B", 0, 2, 1, 0, 0, 0, 1, 0, 0)
    head = control + chunk(b"fcTL", whole) * in_animation
    return png(8, 2, b"\xff\0\0" * 2, 2, head, behind=frame + data)


def test_the_first_frame_of_an_animated_png_counts_and_not_its_default_picture() -> None:
    assert pixels(apng(in_animation=False)) == [WHITE, (0, 0, 255)]
    assert pixels(apng(in_animation=True)) == [(255, 0, 0)] * 2


@pytest.mark.parametrize(
    ("content", "is_animated"),
    [
        (apng(control=damaged(CONTROL)), False),
        (apng(control=chunk(b"acTL", bytes(8))), False),
        (apng(control=chunk(b"acTL", b"\0\0\0\1")), False),
        (apng(frame=damaged(FRAME)), False),
        (apng(data=damaged(FRAME_DATA)), True),
        (apng(frame=chunk(b"fcTL", struct.pack(">5I6x", 0, 2, 1, 0, 0)) + FRAME), True),
    ],
    ids=["checksum", "no frames", "short", "frame", "data", "frame without data"],
)
def test_a_damaged_animation_counts_as_browsers_show_it(content: bytes, is_animated: bool) -> None:
    assert pixels(content) == ([WHITE, (0, 0, 255)] if is_animated else [(255, 0, 0)] * 2)


def test_transparency_of_a_palette_counts_behind_it_and_for_its_colours_only() -> None:
    palette, clear = chunk(b"PLTE", b"\1\2\3"), chunk(b"tRNS", b"\0")
    assert pixels(png(8, 3, b"\0", 1, palette, clear)) == [WHITE]
    assert pixels(png(8, 3, b"\0", 1, clear, palette)) == [(1, 2, 3)]
    too_many = chunk(b"tRNS", bytes(257))
    assert pixels(png(8, 3, b"\0", 1, palette, too_many)) == [(1, 2, 3)]


def test_a_png_whose_pixels_end_in_a_wrong_checksum_is_shown() -> None:
    row = struct.pack(">6H", 1, 2, 3, 1, 2, 4)
    content = png(16, 2, row, 2, clear(1, 2, 3))
    data = zlib.compress(b"\0" + row)
    wrong = data[:-1] + bytes([data[-1] ^ 1])
    assert data in content
    in_two = chunk(b"IDAT", wrong[:-2]) + chunk(b"IDAT", wrong[-2:])
    for chunks in (chunk(b"IDAT", wrong), in_two):
        assert pixels(content.replace(chunk(b"IDAT", data), chunks)) == [WHITE, (0, 0, 0)]
    with pytest.raises(UnreadableImage):
        open_image(content.replace(chunk(b"IDAT", data), chunk(b"IDAT", wrong[:8] + wrong[-4:])))


TEXT = chunk(b"tEXt", b"Comment\0a cup")
BIG = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(3_000_000)))
BIG_PROFILE = chunk(b"iCCP", b"ICC\0\0" + zlib.compress(bytes(1_500_000)))
BIG_TEXT = chunk(b"iTXt", b"Comment\0\1\0\0\0" + zlib.compress(bytes(3_000_000)))


@pytest.mark.parametrize(
    "unneeded",
    [damaged(TEXT), BIG, BIG_PROFILE, BIG_TEXT, damaged(chunk(b"gAMA", b"\0\0\xb1\x8f"))],
    ids=["checksum", "zTXt", "iCCP", "iTXt", "gAMA"],
)
def test_what_is_wrong_in_a_part_that_no_pixel_needs_does_not_matter(unneeded: bytes) -> None:
    assert pixels(png(8, 0, b"\x07", 1, unneeded)) == [(7, 7, 7)]
    assert pixels(png(8, 0, b"\x07", 1, behind=unneeded)) == [(7, 7, 7)]


@pytest.mark.parametrize("name", [b"IHDR", b"PLTE"])
def test_a_png_that_is_refused_for_a_checksum_is_told_which(name: bytes) -> None:
    content = png(8, 3, b"\0", 1, chunk(b"PLTE", b"\1\2\3"))
    assert pixels(content) == [(1, 2, 3)]
    at = content.index(name) - 4
    end = at + 12 + int.from_bytes(content[at : at + 4], "big")
    with pytest.raises(UnreadableImage, match=f"checksum of its {name.decode()} chunk is wrong"):
        open_image(content[:at] + damaged(content[at:end]) + content[end:])


def test_transparency_that_is_damaged_or_comes_late_does_not_count() -> None:
    assert pixels(png(8, 0, b"\x07", 1, damaged(clear(7)))) == [(7, 7, 7)]
    assert pixels(png(8, 0, b"\x07", 1, behind=clear(7))) == [(7, 7, 7)]


def test_a_jpeg_lacks_its_last_marker_at_most() -> None:
    image = Image.radial_gradient("L").convert("RGB")
    for options in ({}, {"progressive": True}, {"subsampling": 0}, {"restart_marker_blocks": 4}):
        whole = saved(image, "JPEG", **options)
        for missing in (1, 2):
            assert open_image(whole[:-missing]).tobytes() == open_image(whole).tobytes()
        for missing in (3, 4, 5, 8, 20, 500):
            with pytest.raises(UnreadableImage, match="cut off"):
                open_image(whole[:-missing])
