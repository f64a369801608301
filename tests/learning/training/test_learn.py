"""A head is learnt from features, and its figures are of pictures it has not seen."""

from dataclasses import replace

import numpy as np
import pytest

from learning.training.learn import learn
from tests.learning.training.synthetic import samples, strangers


def test_a_head_learns_classes_and_ends_with_none_of_these() -> None:
    given = samples()
    learned = learn(given)
    said = learned.head.probabilities(samples(seed=1).features[:, 0])
    assert said.shape == (60, 4) and learned.head.classes == 4
    assert said.sum(axis=1) == pytest.approx(1)
    assert (said.argmax(axis=1) == given.classes).mean() > 0.85


def test_the_same_seed_gives_the_same_head_and_another_one_another() -> None:
    first, again = learn(samples(), seed=3), learn(samples(), seed=3)
    for name, array in first.head.arrays().items():
        assert np.array_equal(array, again.head.arrays()[name]), name
    assert first.figures == again.figures
    assert not np.array_equal(first.out_of_fold, learn(samples(), seed=4).out_of_fold)


def test_labels_at_random_are_not_learnt_by_the_figures() -> None:
    given = samples(each=30)
    shuffled = np.random.default_rng(0).permutation(given.classes)
    figures = learn(replace(given, classes=shuffled)).figures
    assert figures.accuracy is not None and figures.accuracy < 0.5
    assert figures.low is not None and figures.high is not None
    assert figures.low < 1 / 3 < figures.high + 0.05


def test_photographs_of_other_things_are_none_of_these() -> None:
    head = learn(samples()).head
    assert (head.probabilities(strangers(50)).argmax(axis=1) == 3).mean() > 0.9
    known = head.probabilities(samples(each=100, seed=8).features[:, 0]).argmax(axis=1)
    assert (known != 3).mean() > 0.85
