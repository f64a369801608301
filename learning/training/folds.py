"""Which pictures are held out together."""

import numpy as np


def folds_of(
    classes: np.ndarray,
    folds: int,
    generator: np.random.Generator,
    groups: np.ndarray | None = None,
) -> np.ndarray:
    """A fold for each picture, int64 (N,): each class is dealt out evenly over all of them.

    groups: int64 (N,), the same number for pictures that must be in one fold.
    """
    order = generator.permutation(len(classes))
    order = order[np.argsort(classes[order], kind="stable")]
    dealt = np.empty(len(classes), np.int64)
    dealt[order] = np.arange(len(classes)) % folds
    if groups is not None:
        _numbers, first, member = np.unique(groups, return_index=True, return_inverse=True)
        dealt = dealt[first[member]]
    return dealt
