"""One or two pictures a class: nearest class means, and no figures that nothing supports."""

import numpy as np
import pytest

from learning.training.learn import learn
from learning.training.samples import Samples
from tests.learning.training.synthetic import samples


def test_one_picture_a_class_makes_a_head_and_no_figures() -> None:
    learned = learn(samples(each=1, noise=0.3))
    figures = learned.figures
    assert (figures.of, figures.accuracy, figures.low, figures.calibration_error) == (
        0,
        *[None] * 3,
    )
    assert figures.recalls == [None] * 3 and figures.accepted is None and figures.curve == []
    assert np.isnan(learned.out_of_fold).all()
    fresh = samples(each=20, noise=0.3, seed=1)
    answers = learned.head.probabilities(fresh.features[:, 0]).argmax(axis=1)
    assert (answers == fresh.classes).all()  # nothing is rejected either


def test_two_pictures_a_class_are_judged_each_by_the_others() -> None:
    figures = learn(samples(each=2, noise=0.3)).figures
    assert (figures.of, figures.folds, figures.strength) == (6, 6, None)
    assert figures.among_classes == 1


def test_the_only_picture_of_its_class_is_not_judged() -> None:
    many = samples(each=12)
    kept = np.flatnonzero((many.classes != 2) | (np.arange(36) == 30))
    learned = learn(Samples(many.features[kept], many.classes[kept]))
    assert learned.figures.of == 24 and learned.figures.recalls[2] is None
    assert np.isnan(learned.out_of_fold[24]).all()
    assert not np.isnan(learned.out_of_fold[:24]).any()
    assert learned.figures.strength is not None


@pytest.mark.parametrize("sizes", [(1, 4), (4, 1), (1, 9)])
def test_a_class_of_one_picture_stops_no_training(sizes: tuple[int, int]) -> None:
    many = samples(each=9, classes=2)
    kept = np.r_[: sizes[0], 9 : 9 + sizes[1]]
    learned = learn(Samples(many.features[kept], many.classes[kept]))
    assert learned.figures.of == max(sizes)
    assert learned.head.probabilities(many.features[:, 0]).shape == (18, 3)
