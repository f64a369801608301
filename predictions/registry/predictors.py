"""How a version makes its probabilities of what its networks say."""

import logging
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from django.core.exceptions import ObjectDoesNotExist

from foundation.observability.outcomes import champion_loaded
from predictions.classifiers import Classifier, ModelVersion
from predictions.inference.errors import ModelNotPrepared
from predictions.inference.heads import Head
from predictions.inference.labels import Label
from predictions.refusals import NoModel
from predictions.registry.engines import LOADED, engine_of
from predictions.registry.label_sets import labels_of
from predictions.registry.model_store import model_store
from predictions.registry.networks import Network

logger = logging.getLogger(__name__)


class Output(NamedTuple):
    """What a network says of N pictures: probabilities float32 (N, C), features float32 (N, D)."""

    probabilities: np.ndarray
    features: np.ndarray


class Predictor(ABC):
    """`networks` are those it reads, the one whose features are kept first."""

    networks: tuple[Network, ...]

    @abstractmethod
    def probabilities(self, outputs: Mapping[Network, Output]) -> np.ndarray:
        """Float32 (N, C), from what each of the networks says of the same N pictures."""


@dataclass(frozen=True)
class Own(Predictor):
    """The network's own probabilities."""

    networks: tuple[Network]

    def probabilities(self, outputs: Mapping[Network, Output]) -> np.ndarray:
        return outputs[self.networks[0]].probabilities


@dataclass(frozen=True)
class OfHead(Predictor):
    """A linear head on the network's features."""

    networks: tuple[Network]
    head: Head

    def probabilities(self, outputs: Mapping[Network, Output]) -> np.ndarray:
        return self.head.probabilities(outputs[self.networks[0]].features)


@dataclass(frozen=True)
class Mean(Predictor):
    """The weighted mean of what others say."""

    members: Sequence[Predictor]
    weights: Sequence[float]

    @property
    def networks(self) -> tuple[Network, ...]:  # type: ignore[override]
        return tuple(dict.fromkeys(n for member in self.members for n in member.networks))

    def probabilities(self, outputs: Mapping[Network, Output]) -> np.ndarray:
        said = np.stack([member.probabilities(outputs) for member in self.members])
        mean: np.ndarray = np.average(said, axis=0, weights=self.weights).astype(np.float32)
        return mean


class Answering(NamedTuple):
    """A version as a worker uses it."""

    classifier_id: int
    classifier: str  # its name, and of the version
    name: str
    predictor: Predictor
    labels: tuple[Label, ...]

    def load(self) -> None:
        """Loads its networks. Raises ModelNotPrepared."""
        for network in self.predictor.networks:
            engine_of(network)


@lru_cache(maxsize=64)
def answering(version_id: int) -> Answering:
    """Asks the database once in a process's life: what it says of a version never changes.

    Raises:
        ModelVersion.DoesNotExist
        ModelNotPrepared: this machine does not have its head.
    """
    version = (
        ModelVersion.objects.select_related("classifier")
        .prefetch_related("members__version")
        .get(pk=version_id)
    )
    return Answering(
        version.classifier_id,
        version.classifier.name,
        str(version),
        predictor_of(version),
        labels_of(version.label_set_id),
    )


def predictor_of(version: ModelVersion) -> Predictor:
    """Raises ModelNotPrepared."""
    members = list(version.members.all())
    if members:
        return Mean(
            [predictor_of(member.version) for member in members],
            [member.weight for member in members],
        )
    if version.manifest.get("backbone"):
        manifest = version.manifest
        folder = model_store().at_hand(manifest["name"], manifest["version"])
        return OfHead((Network.of(version),), Head.read(folder))
    return Own((Network.of(version),))


def load_what_answers() -> None:
    """Loads the networks of what answers for the server's classifiers, so that nobody's picture
    waits for them. Those of people are loaded when they are asked.

    Raises:
        NoModel: there is no champion.
        ModelNotPrepared: this machine does not have such a champion, or cannot run it.
    """
    role = ModelVersion.Role
    found = ModelVersion.objects.filter(
        role__in=[role.CHAMPION, role.CHALLENGER], classifier__in=Classifier.objects.of_server()
    )
    ids = list(found.order_by("role", "pk").values_list("pk", "role", "classifier__name"))
    if not ids:
        raise NoModel
    networks: set[Network] = set()
    for version_id, its_role, classifier in ids:
        try:
            version = answering(version_id)
            networks.update(version.predictor.networks)
            if len(networks) > LOADED:  # these are loaded when they are asked
                return
            version.load()
            if its_role == role.CHAMPION:
                champion_loaded.labels(classifier).set(1)
        except ObjectDoesNotExist:
            continue  # deleted since it was found
        except ModelNotPrepared as error:
            if its_role == role.CHAMPION:
                champion_loaded.labels(classifier).set(0)
                raise
            logger.error("The challenger %s cannot answer here: %s", version_id, error)
