"""Metadata is removed by the web process, which must not decode a picture for it."""

from pathlib import Path

import pytest

from predictions.pictures.metadata import without_metadata
from predictions.pictures.uploads import PictureUpload
from tests import demanding
from tests.fuzz import webp
from tests.fuzz.seeds import named
from tests.predictions.queueing.test_memory import megabytes


def animation(side: int) -> bytes:
    """A small frame on a large canvas."""
    place = bytes(6) + webp.uint24(63) + webp.uint24(47) + webp.uint24(10) + b"\0"
    frame = webp.chunk(b"ANMF", place + webp.split(named("webp-lossless"))[-1])
    head = [b"RIFF\0\0\0\0WEBP", webp.canvas(webp.ALPHA | webp.ANIMATION, side, side)]
    return webp.join([*head, webp.chunk(b"ANIM", bytes(6)), frame])


@pytest.mark.parametrize(
    ("kind", "content"),
    [("PNG", demanding.png_of(5000, 5000)), ("WEBP", animation(5000))],
    ids=["png", "webp-canvas"],
)
def test_removing_metadata_decodes_no_pixels(kind: str, content: bytes) -> None:
    upload = PictureUpload.of(content, "picture", "image/x")
    Path("/proc/self/clear_refs").write_text("5")  # proc(5): resets VmHWM
    before = megabytes("self", "VmRSS")
    without_metadata(upload, kind)
    assert megabytes("self", "VmHWM") - before < 20
