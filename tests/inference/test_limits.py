"""The size, memory and work of a picture are read from its container, before a decoder runs."""

import io
import struct
from functools import partial
from itertools import pairwise

import pytest
from PIL import Image

from predictions.inference.containers import format_of, parts
from predictions.inference.essence import essence
from predictions.inference.limits import (
    DAMAGED,
    TOO_LONG,
    TOO_MANY_PARTS,
    TOO_MANY_PIXELS,
    TOO_MUCH_MEMORY,
    TOO_MUCH_WORK,
    UnreadableImage,
    measure,
)
from predictions.inference.pictures import open_image
from predictions.pictures.checks import Refused, check
from predictions.pictures.uploads import PictureUpload
from tests import demanding

# Made by the test that sends it: every process of pytest-xdist reads this file.
DEMANDING = {
    "scans": (partial(demanding.with_scans, 500), TOO_MUCH_WORK),
    "too many scans": (partial(demanding.with_scans, 11_000, side=64), TOO_MANY_PARTS),
    "empty Exif segments": (partial(demanding.in_segments, 940_000), TOO_MANY_PARTS),
    "comments in a JPEG": (partial(demanding.in_segments, 1_000_000, 0xFE, b""), TOO_MANY_PARTS),
    "chunks": (partial(demanding.in_chunks, 400_000), TOO_MANY_PARTS),
    "pieces of a comment in a GIF": (partial(demanding.with_comment_of, 4_000_000), TOO_MANY_PARTS),
    "one column": (partial(demanding.png_of, 1, 50_000_000 // 100), TOO_LONG),
    "one row": (partial(demanding.png_of, 16_385, 1), TOO_LONG),
    "a WebP of 49 megapixels": (partial(demanding.webp_header, 7000, 7000), TOO_MUCH_MEMORY),
    "a WebP of 268 megapixels": (partial(demanding.webp_header, 16384, 16384), TOO_MANY_PIXELS),
    "a progressive JPEG without subsampling": (
        partial(demanding.encoded, (7000, 7000), "JPEG", progressive=True, subsampling=0),
        TOO_MUCH_MEMORY,
    ),
}


@pytest.mark.parametrize("name", DEMANDING)
def test_a_picture_that_demands_excessive_resources_is_refused(name: str) -> None:
    make, text = DEMANDING[name]
    content = make()
    assert len(content) < 10 * 1024 * 1024
    with pytest.raises(UnreadableImage) as refused:
        measure(content)
    assert refused.value.text == text


@pytest.mark.parametrize("size", [(7071, 7071), (16_384, 3000)])
@pytest.mark.parametrize("progressive", [False, True])
def test_large_photographs_are_accepted(size: tuple[int, int], progressive: bool) -> None:
    measured = measure(demanding.encoded(size, "JPEG", progressive=progressive))
    assert (measured.width, measured.height) == size


def test_a_gif_frame_beyond_the_canvas_counts_as_its_size() -> None:
    """Pillow's canvas grows with it."""
    gif = bytearray(demanding.encoded((64, 64), "GIF", "L"))
    at = gif.index(b",", 13 + 3 * 2 ** ((gif[10] & 7) + 1))
    gif[at + 5 : at + 9] = struct.pack("<HH", 60_000, 60_000)
    with pytest.raises(UnreadableImage, match="60000 × 60000"):
        measure(bytes(gif))


READ_TWO_WAYS = {
    "scans behind a reserved marker": demanding.with_hidden_scans(20, side=64),
    "a second header in a PNG": demanding.with_second_png_header(600, 600),
    "a second frame in a JPEG": demanding.with_second_jpeg_frame(600, 600),
}


@pytest.mark.parametrize("name", READ_TWO_WAYS)
def test_a_file_that_can_be_read_in_two_ways_is_not_decoded(name: str) -> None:
    with pytest.raises(UnreadableImage) as refused:
        open_image(READ_TWO_WAYS[name], max_pixels=100_000)
    assert refused.value.text == DAMAGED


@pytest.mark.parametrize("name", READ_TWO_WAYS)
def test_a_file_that_can_be_read_in_two_ways_is_refused_before_it_is_stored(name: str) -> None:
    content = READ_TWO_WAYS[name]
    kind = format_of(content)
    with pytest.raises(Refused):
        check(PictureUpload.of(content, f"picture.{kind}".lower()))


def test_a_gif_frame_behind_an_empty_block_is_not_read() -> None:
    hidden = demanding.with_hidden_gif_frame(600, 600)
    assert open_image(hidden, max_pixels=100_000).size == (1, 1)


def test_jpeg_components_that_share_an_id_each_count_as_memory() -> None:
    honest = measure(demanding.encoded((512, 512), "JPEG", progressive=True, subsampling=0))
    assert measure(demanding.with_components_of_one_name(512)).memory == honest.memory


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
def test_the_parts_of_a_file_follow_each_other_without_gaps_to_its_end(kind: str) -> None:
    content = demanding.encoded((64, 64), kind)
    found = list(parts(content, kind))
    assert all(one.end == other.start for one, other in pairwise(found))
    assert found[-1].end == len(content)
    assert format_of(content) == kind


def test_stray_bytes_between_jpeg_segments_are_skipped_as_in_libjpeg() -> None:
    jpeg = demanding.in_segments(1, data=b"Exif\0\0secret")
    stray = jpeg[:2] + b"\0\0" + jpeg[2:]
    assert [part.name for part in parts(stray, "JPEG")] == [
        part.name for part in parts(jpeg, "JPEG")
    ]


def test_decoders_get_a_file_without_its_metadata() -> None:
    jpeg = demanding.in_segments(9_000, data=b"Exif\0\0" + bytes(900))
    assert len(essence(jpeg, "JPEG").content) < 4000
    png = demanding.in_chunks(9_000)
    assert b"tEXt" not in essence(png, "PNG").content
    assert open_image(jpeg).tobytes() == Image.open(io.BytesIO(jpeg)).tobytes()
    assert open_image(png).tobytes() == Image.open(io.BytesIO(png)).tobytes()


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "L", "1", "I;16"])
def test_a_picture_converted_in_strips_is_the_same_picture(
    mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    grey = Image.effect_noise((90, 70), 50)
    if mode == "RGBA":
        image = Image.merge("RGBA", [grey, grey, grey, grey.rotate(90, expand=False)])
    elif mode == "LA":
        image = Image.merge("LA", [grey, grey.rotate(180)])
    elif mode == "I;16":
        image = grey.convert("I").point(lambda level: level * 257).convert("I;16")
    else:
        image = grey.convert(mode)
    saved = io.BytesIO()
    image.save(saved, "PNG", **({"transparency": 3} if mode == "P" else {}))
    whole = open_image(saved.getvalue())
    monkeypatch.setattr("predictions.inference.paper.STRIP", 90 * 8)
    assert open_image(saved.getvalue()).tobytes() == whole.tobytes()
