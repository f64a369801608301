from typing import Any

import pytest

from predictions.classifiers import Classifier
from predictions.registry.ownership import new_classifier


@pytest.fixture
def classifier(user: Any) -> Classifier:
    """Of the user, without a class."""
    return new_classifier(user, "Waste")


@pytest.fixture
def address(classifier: Classifier) -> str:
    return f"/models/{classifier.name}"
