"""Linear heads from features: softmax regression, or nearest class means of very few pictures."""

import numpy as np

Linear = tuple[np.ndarray, np.ndarray]  # weights float32 (D, K), bias float32 (K,)

# Inverse strengths of regularisation to choose from; features have length 1.
STRENGTHS = (3.0, 30.0, 300.0)
TOLERANCE = 1e-3
BASIS = 256
ITERATIONS = 300


def basis_of(views: np.ndarray) -> np.ndarray:
    """Float32 (D, at most BASIS): orthonormal, and spans nearly what views (N, V, D) do.

    In it a head learns five times as fast and as well. It knows pictures' features but no classes,
    so it may be that of all pictures even where some are to judge a head of the others.
    """
    rows = views.reshape(-1, views.shape[2])
    _, axes = np.linalg.eigh(rows.T @ rows)
    return np.ascontiguousarray(axes[:, ::-1][:, :BASIS])


def fit(views: np.ndarray, classes: np.ndarray, count: int, strength: float | None) -> Linear:
    """A head of features, float32 (N, V, D).

    Each class weighs the same however many pictures it has, and a picture as much as its views
    together. A class without pictures gets a bias of minus infinity.
    strength: scikit-learn's C; None for nearest class means.
    """
    if strength is None or len(np.unique(classes)) == 1:
        return _nearest_means(views[:, 0], classes, count)
    return _regression(views, classes, count, strength)


def scores(linear: Linear, features: np.ndarray) -> np.ndarray:
    """Logits, float32 (N, K), of features (N, D)."""
    logits: np.ndarray = features @ linear[0] + linear[1]
    return logits


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities: np.ndarray = powers / powers.sum(axis=1, keepdims=True)
    return probabilities


def _regression(views: np.ndarray, classes: np.ndarray, count: int, strength: float) -> Linear:
    from sklearn.linear_model import LogisticRegression

    pictures, of_each, size = views.shape
    rows = views.reshape(-1, size)
    truth = np.repeat(classes, of_each)
    sizes = np.bincount(classes, minlength=count)
    present = np.flatnonzero(sizes)
    weights = pictures / (len(present) * of_each * sizes[truth])
    model = LogisticRegression(C=strength, tol=TOLERANCE, max_iter=ITERATIONS)
    model.fit(rows, truth, sample_weight=weights)
    coefficients, intercepts = model.coef_, model.intercept_
    if len(present) == 2:  # scikit-learn gives the log odds of the second alone
        coefficients = np.concatenate([-coefficients, coefficients]) / 2
        intercepts = np.concatenate([-intercepts, intercepts]) / 2
    return _spread(coefficients, intercepts, present, count)


def _nearest_means(features: np.ndarray, classes: np.ndarray, count: int) -> Linear:
    """Logits that are minus half the squared distance to each class's mean, up to a constant."""
    present = np.flatnonzero(np.bincount(classes, minlength=count))
    means = np.stack([features[classes == c].mean(axis=0) for c in present])
    return _spread(means, -0.5 * (means**2).sum(axis=1), present, count)


def _spread(rows: np.ndarray, bias: np.ndarray, present: np.ndarray, count: int) -> Linear:
    weights = np.zeros((rows.shape[1], count), np.float32)
    weights[:, present] = rows.T
    biases = np.full(count, -np.inf, np.float32)
    biases[present] = bias
    return weights, biases
