"""Which pictures are worth another look."""

from typing import NamedTuple

import numpy as np

from learning.training.samples import Samples


class Suspect(NamedTuple):
    """A picture that is probably of another class than it was given for."""

    sample: int
    suggested: int


def suspects(samples: Samples, out_of_fold: np.ndarray) -> list[Suspect]:
    """Pictures that are probably labelled wrong, the surest first.

    Confident learning (Northcutt, Jiang and Chuang, J. Artif. Intell. Res. 70, 2021): a picture
    counts as one of a class if its probability there reaches the mean of those given for the class.
    out_of_fold: of `Learned`. Pictures that were not judged are no suspects.
    """
    classes = samples.classes
    judged = ~np.isnan(out_of_fold).any(axis=1)
    scores = np.nan_to_num(out_of_fold[:, : samples.count])
    own = scores[np.arange(len(classes)), classes]
    # A class of which nothing was judged is suggested for nothing.
    thresholds = np.array(
        [
            own[members].mean() if (members := judged & (classes == c)).any() else np.inf
            for c in range(samples.count)
        ]
    )
    confident = np.where(scores >= thresholds, scores, -1.0)
    suggested = confident.argmax(axis=1)
    wrong = judged & (confident.max(axis=1) >= 0) & (suggested != classes)
    lead = scores[np.arange(len(classes)), suggested] - own
    found = np.flatnonzero(wrong & (lead > 0))
    return [
        Suspect(int(index), int(suggested[index]))
        for index in found[np.argsort(-lead[found], kind="stable")]
    ]


def hardest(samples: Samples, out_of_fold: np.ndarray, most: int = 12) -> list[int]:
    """Pictures whose own class got the smallest probabilities, the smallest first."""
    own = out_of_fold[np.arange(len(samples.classes)), samples.classes]
    order = np.argsort(own, kind="stable")  # NaN comes last
    return [int(index) for index in order[:most] if not np.isnan(own[index])]
