"""Probabilities that mean what they say."""

import numpy as np

from learning.training.fitting import softmax

# A bin's share of right answers says something only of so many pictures.
BIN = 50
MOST_BINS = 15


def temperature_of(logits: np.ndarray, classes: np.ndarray) -> float:
    """What to divide logits of pictures not learnt from by, so that they are as sure as right.

    The one with the smallest negative log likelihood: Guo, Pleiss, Sun and Weinberger, ICML 2017.
    """
    from scipy.optimize import minimize_scalar

    if len(logits) == 0:  # one picture a class
        return 1.0

    def loss(exponent: float) -> float:
        return log_loss(logits / np.exp(exponent), classes)

    found = minimize_scalar(loss, bounds=(-6, 6), method="bounded", options={"xatol": 1e-3})
    return float(np.exp(found.x))


def log_loss(logits: np.ndarray, classes: np.ndarray) -> float:
    """The mean negative log likelihood of the true classes."""
    true = softmax(logits)[np.arange(len(classes)), classes]
    return float(-np.log(np.maximum(true, 1e-9)).mean())


def bins_for(pictures: int) -> int:
    return int(np.clip(pictures // BIN, 1, MOST_BINS))


def calibration_error(confidences: np.ndarray, right: np.ndarray) -> float:
    """Expected calibration error over bins of equally many pictures (`bins_for`), 0 to 1."""
    order = np.argsort(confidences, kind="stable")
    parts = np.array_split(order, bins_for(len(order)))
    gaps = [abs(confidences[part].mean() - right[part].mean()) * len(part) for part in parts]
    return float(sum(gaps) / len(order))
