"""A head is learnt from features, and its figures are of pictures it has not seen."""

import json
import subprocess
import sys
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


def test_a_class_with_few_pictures_is_not_swallowed_by_a_large_one() -> None:
    many = samples(each=100, classes=2, noise=1.0)
    kept = np.r_[:100, 100:110]
    figures = learn(replace(many, features=many.features[kept], classes=many.classes[kept])).figures
    small = figures.recalls[1]
    assert small is not None and small >= 0.6
    assert figures.baseline == pytest.approx(100 / 110)


def test_figures_and_parameters_can_be_kept_as_json() -> None:
    learned = learn(samples(each=12))
    kept = json.loads(json.dumps([learned.figures.as_dict(), learned.parameters], allow_nan=False))
    assert kept[0]["curve"][0]["pictures"] == 5 and len(kept[0]["confusion"]) == 3
    assert kept[1]["strength"] == kept[0]["strength"]
    assert kept[1]["libraries"].keys() == {"numpy", "scipy", "scikit-learn"}


def test_the_curve_rises_with_more_pictures() -> None:
    points = learn(samples(each=60, noise=1.4)).figures.curve
    assert [point.pictures for point in points] == [5, 10, 20]
    assert points[0].accuracy + 0.05 < points[2].accuracy
    assert all(point.low < point.accuracy < point.high for point in points)


def test_importing_it_loads_no_scikit_learn() -> None:
    code = "import sys, learning.training.learn; print({'sklearn', 'scipy'} & set(sys.modules))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "set()"
