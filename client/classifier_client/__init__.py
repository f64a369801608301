"""A typed client of the image classification service; docs/client.md shows how it is used."""

from classifier_client.api import Client
from classifier_client.errors import (
    ApiError,
    ClassifierError,
    SignInNeeded,
    UnexpectedAnswer,
    Unreachable,
)
from classifier_client.records import Classifier, Feedback, Prediction, Score, Training, Version
from classifier_client.tokens import Tokens

__all__ = [
    "ApiError",
    "Classifier",
    "ClassifierError",
    "Client",
    "Feedback",
    "Prediction",
    "Score",
    "SignInNeeded",
    "Tokens",
    "Training",
    "UnexpectedAnswer",
    "Unreachable",
    "Version",
]
