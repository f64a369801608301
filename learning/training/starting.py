"""The head that fine-tuning begins with."""

import numpy as np

STRENGTH = 0.03  # scikit-learn's C, of features scaled to a standard deviation of 1
NEVER = -30.0  # logit of a class without pictures


def starting_head(
    features: np.ndarray, classes: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """Weights (D, count) and bias (count,) by logistic regression on features (N, V, D)."""
    from sklearn.linear_model import LogisticRegression

    rows = features.reshape(-1, features.shape[2])
    truth = np.repeat(classes, features.shape[1])
    mean, deviation = rows.mean(axis=0), rows.std()
    model = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=300)
    model.fit((rows - mean) / deviation, truth)
    coefficients, intercepts = model.coef_ / deviation, model.intercept_
    if len(model.classes_) == 2:  # scikit-learn gives the log odds of the second alone
        coefficients = np.concatenate([-coefficients, coefficients]) / 2
        intercepts = np.concatenate([-intercepts, intercepts]) / 2
    weights = np.zeros((features.shape[2], count), np.float32)
    bias = np.full(count, NEVER, np.float32)
    weights[:, model.classes_] = coefficients.T
    bias[model.classes_] = intercepts - coefficients @ mean
    return weights, bias
