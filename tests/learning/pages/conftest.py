"""A classifier with a version in use, and answers of it."""

from collections.abc import Callable
from typing import Any

import pytest

from predictions import services
from predictions.models import Prediction
from predictions.registry.ownership import new_classifier
from tests.pictures import upload
from tests.predictions.heads import add_colours
from tests.predictions.in_process import answer
from tests.predictions.versions import promote


@pytest.fixture
def ask_taught(model: Any, user: Any) -> Callable[[str], Prediction]:
    """An answered prediction of a classifier of the user's, which knows colours."""
    classifier = new_classifier(user, "Colours")
    version = add_colours(model)
    version.classifier = classifier
    version.save()
    promote(version)

    def ask(name: str) -> Prediction:
        with upload(name) as file:
            prediction = services.request_prediction(user, file, classifier=classifier.name)
        answer([prediction.inference])
        prediction.inference.refresh_from_db()
        return prediction

    return ask
