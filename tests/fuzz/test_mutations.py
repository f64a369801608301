"""The mutants are what they are meant to be."""

import io
import zlib
from random import Random

import pytest
from PIL import Image

from tests.fuzz import gif, jpeg, png, webp
from tests.fuzz.mutations import CONTAINERS, MUTATIONS, mutant, mutants
from tests.fuzz.seeds import seeds


@pytest.mark.parametrize("seed", seeds(), ids=lambda seed: seed.name)
def test_a_seed_is_a_good_picture_and_its_parts_together_are_it_again(seed):
    with Image.open(io.BytesIO(seed.content)) as image:
        image.load()
        assert image.format in (seed.kind, "MPO")
    container = CONTAINERS[seed.kind]
    units = container.split(seed.content)
    assert len(units) > 1
    assert container.join(units) == seed.content


@pytest.mark.parametrize("seed", seeds(), ids=lambda seed: seed.name)
def test_resized_a_header_says_another_size(seed):
    resized = CONTAINERS[seed.kind].resized(seed.content, 1234, 567)
    with Image.open(io.BytesIO(resized)) as image:
        assert image.size == (1234, 567)


def test_the_same_seed_and_number_make_the_same_mutant():
    first = mutants(7, range(100))
    assert mutants(7, range(100)) == first
    assert mutant(8, 50) != first[50]
    assert len({mutant.content for mutant in first}) > 90


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.__name__)
def test_a_mutation_changes_every_kind_of_picture(mutation):
    for seed in seeds():
        tries = [mutation(seed, seed.content, Random(number)) for number in range(30)]
        assert any(content != seed.content for content in tries), seed.name


@pytest.mark.parametrize("size", [0, 1, png.MEGABYTE - 1, png.MEGABYTE, 3 * png.MEGABYTE + 5])
def test_zeros_are_a_stream_of_so_many_zeros(size):
    assert zlib.decompress(png.zeros(size)) == bytes(size)


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize(
    ("colour", "depth"), [(colour, depth) for colour in png.DEPTHS for depth in png.DEPTHS[colour]]
)
def test_a_flat_png_is_whole(colour, depth, interlaced):
    with Image.open(io.BytesIO(png.flat(301, 77, depth, colour, interlaced))) as image:
        image.load()
        assert image.size == (301, 77)


@pytest.mark.parametrize("module", [jpeg, png, gif, webp], ids=lambda module: module.__name__)
def test_a_monster_is_small_enough_to_be_let_in(module):
    for monster in module.MONSTERS:
        for number in range(4):
            assert 0 < len(monster(Random(number))) <= 10 * 1024 * 1024, monster.__name__
