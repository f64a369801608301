"""Metadata is removed by the web process, which must not decode a picture for it."""

import os
from collections.abc import Callable
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
    assert in_a_process_of_its_own(lambda: growth_of(lambda: without_metadata(upload, kind))) < 20


def growth_of(act: Callable[[], object]) -> float:
    """By how many megabytes this process is larger at most while it acts."""
    Path("/proc/self/clear_refs").write_text("5")  # proc(5): resets VmHWM
    before = megabytes("self", "VmRSS")
    act()
    return megabytes("self", "VmHWM") - before


def in_a_process_of_its_own(measure: Callable[[], float]) -> float:
    """A copy of this one without its other threads, which need memory too."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(writer, str(measure()).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        said = pipe.read()
    os.waitpid(child, 0)
    return float(said)
