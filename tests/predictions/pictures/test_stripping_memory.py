"""Metadata is removed by the web process, which must not decode a picture for it."""

from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import django
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


PICTURES = {
    "png": ("PNG", lambda: demanding.png_of(5000, 5000)),
    "webp-canvas": ("WEBP", lambda: animation(5000)),
}


@pytest.fixture(scope="module")
def fresh_process() -> Iterator[Executor]:
    """The heap of this one has holes, and a decoder's canvas that lies in one is not empty."""
    with ProcessPoolExecutor(1, get_context("spawn"), django.setup) as process:
        yield process


@pytest.mark.parametrize("name", PICTURES)
def test_removing_metadata_decodes_no_pixels(name: str, fresh_process: Executor) -> None:
    assert fresh_process.submit(growth, name).result() < 20


def growth(name: str) -> float:
    """By how many megabytes this process is larger at most while it removes metadata."""
    kind, make = PICTURES[name]
    upload = PictureUpload.of(make(), "picture", "image/x")
    Path("/proc/self/clear_refs").write_text("5")  # proc(5): resets VmHWM
    before = megabytes("self", "VmRSS")
    without_metadata(upload, kind)
    return megabytes("self", "VmHWM") - before
