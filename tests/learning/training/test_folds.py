"""Which pictures are held out together."""

import numpy as np

from learning.training.folds import folds_of


def test_every_fold_has_its_share_of_every_class() -> None:
    classes = np.repeat([0, 1, 2], [20, 10, 7])
    folds = folds_of(classes, 5, np.random.default_rng(0))
    for c in range(3):
        counts = np.bincount(folds[classes == c], minlength=5)
        assert counts.max() - counts.min() <= 1


def test_pictures_that_look_alike_are_in_one_fold() -> None:
    classes = np.repeat([0, 1], 20)
    groups = np.arange(40) // 2
    folds = folds_of(classes, 5, np.random.default_rng(0), groups)
    assert (folds[::2] == folds[1::2]).all() and len(set(folds)) == 5
