"""Seeds are valid, and mutations do to them what their names say."""

import io
import zlib
from random import Random

import pytest
from PIL import Image

from predictions.inference import pictures  # noqa: F401, which teaches Pillow HEIC
from tests.fuzz import boxes, gif, jpeg, png, webp
from tests.fuzz.mutations import CONTAINERS, MUTATIONS, mutant, mutants
from tests.fuzz.seeds import seeds


@pytest.mark.parametrize("seed", seeds(), ids=lambda seed: seed.name)
def test_a_seed_is_a_valid_picture_and_equals_its_joined_parts(seed):
    with Image.open(io.BytesIO(seed.content)) as image:
        image.load()
        assert image.format in (seed.kind, "MPO")
    container = CONTAINERS[seed.kind]
    units = container.split(seed.content)
    assert len(units) > 1
    assert container.join(units) == seed.content


@pytest.mark.parametrize(
    "seed", [seed for seed in seeds() if "sequence" not in seed.name], ids=lambda seed: seed.name
)
def test_a_resized_header_declares_another_size(seed):
    resized = CONTAINERS[seed.kind].resized(seed.content, 1234, 567)
    with Image.open(io.BytesIO(resized)) as image:
        assert sorted(image.size) == [567, 1234]  # some are on their side


def test_the_same_seed_and_number_make_the_same_mutant():
    first = mutants(7, range(100))
    assert mutants(7, range(100)) == first
    assert mutant(8, 50) != first[50]
    assert len({mutant.content for mutant in first}) > 90


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.__name__)
def test_every_mutation_changes_pictures_of_every_format(mutation):
    for seed in seeds():
        tries = [mutation(seed, seed.content, Random(number)) for number in range(30)]
        assert any(content != seed.content for content in tries), seed.name


@pytest.mark.parametrize("size", [0, 1, png.MEGABYTE - 1, png.MEGABYTE, 3 * png.MEGABYTE + 5])
def test_zeros_decompresses_to_that_many_zero_bytes(size):
    assert zlib.decompress(png.zeros(size)) == bytes(size)


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize(
    ("colour", "depth"), [(colour, depth) for colour in png.DEPTHS for depth in png.DEPTHS[colour]]
)
def test_a_flat_png_is_valid_in_every_colour_type_and_depth(colour, depth, interlaced):
    with Image.open(io.BytesIO(png.flat(301, 77, depth, colour, interlaced))) as image:
        image.load()
        assert image.size == (301, 77)


@pytest.mark.parametrize(
    "module", [jpeg, png, gif, webp, boxes], ids=lambda module: module.__name__
)
def test_every_monster_is_within_the_upload_limit(module):
    for monster in module.MONSTERS:
        for number in range(4):
            assert 0 < len(monster(Random(number))) <= 10 * 1024 * 1024, monster.__name__
