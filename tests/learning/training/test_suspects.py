"""Pictures that are probably labelled wrong, and those that are hard."""

from dataclasses import replace

import numpy as np

from learning.training.learn import learn
from learning.training.samples import Samples
from learning.training.suspects import hardest, suspects
from tests.learning.training.synthetic import samples


def test_pictures_in_the_wrong_class_are_suggested_first_with_the_right_one() -> None:
    given = samples(each=20, noise=0.5)
    classes = given.classes.copy()
    wrong = [3, 25, 50]
    classes[wrong] = (classes[wrong] + 1) % 3
    given_wrong = replace(given, classes=classes)
    found = suspects(given_wrong, learn(given_wrong).out_of_fold)
    assert {one.sample for one in found[:3]} == set(wrong)
    assert all(one.suggested == given.classes[one.sample] for one in found[:3])


def test_a_class_is_suggested_only_where_it_is_as_likely_as_for_its_own() -> None:
    given = Samples(np.zeros((4, 1, 1), np.float32), np.array([0, 0, 1, 1]))
    said = np.array([[0.9, 0.1, 0], [0.3, 0.6, 0.1], [0.2, 0.8, 0], [0.1, 0.9, 0]], np.float32)
    assert suspects(given, said) == []  # 0.6 is more than 0.3 and less than the 0.85 of the others
    said[1] = [0.1, 0.87, 0.03]
    assert [tuple(one) for one in suspects(given, said)] == [(1, 1)]


def test_the_hardest_come_first_and_those_not_judged_never() -> None:
    given = Samples(np.zeros((3, 1, 1), np.float32), np.array([0, 1, 1]))
    said = np.array([[0.4, 0.5, 0.1], [np.nan] * 3, [0.8, 0.1, 0.1]], np.float32)
    assert hardest(given, said) == [2, 0]
    assert hardest(given, said, most=1) == [2]
    assert suspects(given, said[[1, 1, 1]]) == []
