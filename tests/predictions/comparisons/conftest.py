from typing import Any

import pytest

from predictions.classifiers import ModelVersion
from tests.predictions.comparisons.rows import CAT, CUP, ESPRESSO, asked, say
from tests.predictions.heads import add_imagenet_head


@pytest.fixture
def second(model: ModelVersion) -> ModelVersion:
    """Another version of the same classifier."""
    return add_imagenet_head(model)


@pytest.fixture
def differing(user: Any, model: ModelVersion, second: ModelVersion) -> list[Any]:
    """Three answered pictures: the same answer, a certain disagreement, an uncertain one."""
    predictions = [asked(user, model, key) for key in (CUP, CUP, CAT)]
    for prediction, key, score in zip(
        predictions, (CUP, ESPRESSO, CUP), (0.9, 0.8, 0.3), strict=True
    ):
        say(prediction.image, second, key, score=score)
    return predictions
