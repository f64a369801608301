"""What is none of the classes: by distance, and by pictures given for it."""

from dataclasses import replace

import numpy as np
import pytest

from learning.training.learn import learn
from learning.training.rejection import with_threshold
from predictions.inference.heads import Rejection
from tests.learning.training.synthetic import samples


def test_about_95_of_100_pictures_of_known_classes_are_accepted() -> None:
    learned = learn(samples(each=40))
    assert learned.figures.accepted == pytest.approx(0.95, abs=0.03)
    rejected = (learned.out_of_fold.argmax(axis=1) == 3).sum()
    assert sum(row[3] for row in learned.figures.confusion) == rejected > 0


def test_none_of_these_wins_where_the_threshold_is_passed() -> None:
    random = np.random.default_rng(0)
    distances = random.gamma(4, 1, 400).astype(np.float32)
    scores = random.dirichlet([2, 1, 1], 400).astype(np.float32)
    means = np.zeros((2, 1), np.float32)  # so the third class was taught as none of these
    made = Rejection(means, np.zeros((1, 0)), np.float32(0), np.float32(0), np.float32(1))
    rejection = with_threshold(made, distances, scores, 2)
    already_none = scores.argmax(axis=1) == 2
    answers = rejection.combine(scores, distances).argmax(axis=1)
    assert (answers[already_none] == 2).all()
    assert (answers != 2)[~already_none].mean() == pytest.approx(0.95, abs=0.01)


def test_a_taught_class_of_none_of_these_stays_the_last_output() -> None:
    given = replace(samples(), none=2)
    learned = learn(given)
    assert learned.head.classes == 3 and learned.out_of_fold.shape == (60, 3)
    assert np.array(learned.figures.confusion).shape == (3, 3)
    recall = learned.figures.recalls[2]
    assert recall is not None and recall > 0.9
    assert learned.head.rejection is not None and len(learned.head.rejection.means) == 2


def test_a_head_file_holds_no_picture() -> None:
    given = samples(each=3, noise=0.5)
    head = learn(given).head
    assert head.rejection is not None
    roots = np.sqrt(given.features)
    seen = roots / np.linalg.norm(roots, axis=2, keepdims=True)
    for mean in head.rejection.means:
        assert np.abs(seen - mean).max(axis=2).min() > 0.01
