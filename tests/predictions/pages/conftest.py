"""Pictures that several files look for."""

from collections.abc import Callable
from typing import Any

import pytest

from feedback.models import Feedback
from predictions.models import Prediction


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
