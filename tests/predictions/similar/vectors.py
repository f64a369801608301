"""Answered pictures as rows, with features of the test's own choice."""

from array import array
from collections.abc import Sequence
from typing import Any

from predictions.classifiers import ModelVersion
from predictions.models import Inference, Prediction
from predictions.queueing import jobs
from predictions.registry.networks import Network
from predictions.similar.models import Vector
from tests.predictions.comparisons.rows import CUP, NAMES, asked


def somebodys(user: Any, version: ModelVersion, features: Sequence[float]) -> Prediction:
    """A person's picture in which the network of this version has seen `features`."""
    prediction = asked(user, version, "")
    say_saw(prediction.inference, features)
    return prediction


def say_saw(inference: Inference, features: Sequence[float]) -> None:
    entry = {"label": NAMES[CUP], "synset": CUP, "score": 0.9}
    network = str(Network.seeing(inference.model_version))
    answer = jobs.Answer(inference.pk, [entry], array("f", features).tobytes(), network, {})
    jobs.save_answers([answer])


def seen_by(version: ModelVersion) -> int:
    """How many pictures the network of a version has seen."""
    return Vector.objects.filter(network=str(Network.seeing(version))).count()
