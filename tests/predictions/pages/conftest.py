"""Pictures that several files look for."""

from collections.abc import Callable
from typing import Any

import pytest

from feedback.models import Feedback
from predictions import services
from predictions.classifiers import ModelVersion
from predictions.models import Prediction
from tests.pictures import upload
from tests.predictions.heads import add_colours
from tests.predictions.in_process import answer
from tests.predictions.versions import promote


@pytest.fixture
def three(user: Any, ask: Callable[..., Prediction]) -> list[Prediction]:
    """A cat of January, which was said to be right, a rocket and a coffee of now."""
    asked = [ask(user, name) for name in ("chelsea.png", "rocket.jpg", "coffee.png")]
    Prediction.objects.filter(pk=asked[0].pk).update(created_at="2026-01-15T12:00:00Z")
    for _ in range(2):  # said twice, listed once
        Feedback.objects.create(
            user=user, prediction=asked[0], correct=True, predicted_class="x", score=0.5
        )
    return asked


@pytest.fixture
def colours(model: ModelVersion) -> ModelVersion:
    """The champion of another classifier, with the classes `Red things` and `Blue things`."""
    version = add_colours(model)
    promote(version)
    return version


@pytest.fixture
def ask_colours(colours: ModelVersion, user: Any) -> Callable[..., Prediction]:
    """An answered prediction of that classifier."""

    def ask(name: str = "coffee.png") -> Prediction:
        with upload(name) as file:
            prediction = services.request_prediction(user, file, classifier="colours")
        answer([prediction.inference])
        prediction.inference.refresh_from_db()
        return prediction

    return ask
