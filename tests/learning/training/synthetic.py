"""Features as a backbone makes them, of classes that are as hard to tell as wanted."""

import numpy as np

from learning.training.samples import Samples

SIZE = 48


def samples(
    each: int = 20,
    classes: int = 3,
    noise: float = 1.0,
    views: int = 2,
    seed: int = 0,
    none: int | None = None,
) -> Samples:
    """So many pictures of each class; views of one picture are alike."""
    random = np.random.default_rng(seed)
    centres = np.random.default_rng(99).uniform(0, 2, (classes, SIZE))
    truth = np.repeat(np.arange(classes), each)
    pictures = centres[truth] + noise * random.normal(0, 1, (len(truth), SIZE))
    seen = pictures[:, None] + 0.1 * random.normal(0, 1, (len(truth), views, SIZE))
    return Samples(np.abs(seen).astype(np.float32), truth, none)


def strangers(count: int, seed: int = 5) -> np.ndarray:
    """Float32 (N, D): features of nothing of the kind."""
    random = np.random.default_rng(seed)
    return np.where(random.random((count, SIZE)) < 0.2, 4, 0.01).astype(np.float32)
