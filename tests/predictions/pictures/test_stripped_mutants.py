"""Whatever is accepted as a picture is stripped, with equal pixels, or refused with its reason.

`FUZZ_MUTATIONS=3000 FUZZ_SEED=7 make test T=tests/predictions/pictures/test_stripped_mutants.py`
tries more, and others.
"""

import os
from collections import Counter

import pytest

from predictions.inference.containers import format_of
from predictions.inference.limits import UnreadableImage
from predictions.inference.pictures import open_image
from predictions.pictures.checks import Refused
from predictions.pictures.metadata import STILL_TELLS, without_metadata
from predictions.pictures.uploads import PictureUpload
from tests.fuzz.mutations import mutants
from tests.fuzz.seeds import ENDINGS, seeds
from tests.predictions import exiftool

SEED = int(os.environ.get("FUZZ_SEED") or 20)
MUTATIONS = int(os.environ.get("FUZZ_MUTATIONS") or 400)
MAX_PIXELS = 2_000_000  # mutants of up to 50 megapixels are tests/fuzz's


def stripped(content, kind):
    """The stripped file, or why it was refused."""
    try:
        return without_metadata(PictureUpload.of(content, "picture"), kind).read(), ""
    except Refused as refused:
        return b"", str(refused)


def kept_of(content, folder, number, outcomes):
    """Writes the stripped picture, unless it was refused with or without its metadata."""
    try:
        told = open_image(content, max_pixels=MAX_PIXELS)
    except UnreadableImage:
        outcomes["unreadable"] += 1
        return
    kind = format_of(content)
    left, reason = stripped(content, kind)
    if reason:
        assert reason == STILL_TELLS
        outcomes["refused"] += 1
        return
    bare = open_image(left, max_pixels=MAX_PIXELS)
    assert (bare.size, bare.tobytes()) == (told.size, told.tobytes())
    (folder / f"{number}{ENDINGS[kind]}").write_bytes(left)
    outcomes["stripped"] += 1


def test_exiftool_sees_what_the_pictures_tell(tmp_path):
    told = [seed for seed in seeds() if "told" in seed.name]
    for seed in told:
        (tmp_path / f"{seed.name}{ENDINGS[seed.kind]}").write_bytes(seed.content)
    found = exiftool.told(tmp_path)
    assert len(found) == len(told) > 4
    assert all(found.values()), found


def test_stripped_mutants_keep_their_pixels_and_no_metadata(tmp_path):
    outcomes = Counter()
    for number, mutant in enumerate(mutants(SEED, range(MUTATIONS))):
        try:
            kept_of(mutant.content, tmp_path, number, outcomes)
        except AssertionError as error:
            pytest.fail(f"{mutant.name}: {error}")
    print(dict(outcomes))
    assert outcomes["stripped"] > MUTATIONS / 4
    assert outcomes["refused"] < MUTATIONS / 50
    found = exiftool.told(tmp_path)
    assert len(found) == outcomes["stripped"]
    assert {name: tags for name, tags in found.items() if tags} == {}
