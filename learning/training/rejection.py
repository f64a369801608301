"""How far from everything learnt a picture has to be to be none of it."""

from dataclasses import replace

import numpy as np

from predictions.inference.heads import Rejection, lead

ACCEPTED = 0.95  # of pictures of known classes
SHRINKAGE = 0.5
DIRECTIONS = 64
FAR = 1e9  # than which nothing is farther
# In standard deviations of the distances: what was best where classes and other photographs were
# held out (docs/learning.md).
WEIGHT, SOFTNESS = 2.0, 0.25


def distances_from(views: np.ndarray, classes: np.ndarray, known: int) -> Rejection:
    """Means and covariance of normalised features, float32 (N, V, D); no threshold yet.

    known: classes 0 to known - 1 are used, those of none of these are not.
    """
    among = classes < known
    views, classes = views[among], classes[among]
    present = np.flatnonzero(np.bincount(classes, minlength=known))
    means = np.stack([views[classes == c].mean(axis=(0, 1)) for c in present])
    centred = views - means[np.searchsorted(present, classes), None]
    directions = _directions(centred.reshape(-1, centred.shape[2]))
    return Rejection(
        means=means.astype(np.float32),
        directions=directions.astype(np.float32),
        weight=np.float32(0),
        threshold=np.float32(FAR),
        softness=np.float32(1),
    )


def _directions(centred: np.ndarray) -> np.ndarray:
    """(D, R) such that |x|² - |x @ directions|² is a Mahalanobis distance, up to a factor."""
    from sklearn.utils.extmath import randomized_svd

    rows, size = centred.shape
    variance = float((centred**2).sum()) / rows
    if not variance:  # one picture a class, in one view
        return np.zeros((size, 0))
    wanted = min(DIRECTIONS, rows, size)
    _, lengths, axes = randomized_svd(centred, wanted, n_iter=2, random_state=0)
    along, around = (1 - SHRINKAGE) * lengths**2 / rows, SHRINKAGE * variance / size
    directions: np.ndarray = axes.T * np.sqrt(along / (along + around))
    return directions


def with_threshold(
    rejection: Rejection, distances: np.ndarray, scores: np.ndarray, known: int
) -> Rejection:
    """The rejection that accepts ACCEPTED of pictures of known classes it was not made of.

    Those that a taught class of none of these takes already do not count.
    distances: float32 (N,), theirs. scores: float32 (N, K), what the head says of them.
    With r the sigmoid of (distance - weight * log(lead) - threshold) / softness, none of these wins
    just where r / (1 - r) exceeds the lead, which is where distance - (weight + softness) *
    log(lead) exceeds the threshold. So the threshold is a quantile of that.
    """
    taught = scores[:, known:].sum(axis=1)
    judged = scores[:, :known].max(axis=1) > taught
    if not judged.any():
        return rejection
    ahead = lead(scores[judged, :known], taught[judged])
    distances = distances[judged]
    spread = max(float(distances.std()), 1e-6)
    weight, softness = WEIGHT * spread, SOFTNESS * spread
    threshold = np.quantile(distances - (weight + softness) * np.log(ahead), ACCEPTED)
    return replace(
        rejection,
        weight=np.float32(weight),
        threshold=np.float32(threshold),
        softness=np.float32(softness),
    )
