"""Versions answer decoded pictures: a network runs once for all versions that read it."""

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from time import perf_counter, time
from typing import Any, NamedTuple

import numpy as np
from rq.timeouts import JobTimeoutException

from foundation.observability.counters import batch_size
from foundation.observability.timing import milliseconds_since
from predictions.inference.ranking import as_entry, top_k
from predictions.models import Inference
from predictions.queueing import shadows
from predictions.queueing.decoding import Pixels
from predictions.queueing.jobs import Answer
from predictions.queueing.shadows import ShadowAnswer
from predictions.registry.engines import engine_of
from predictions.registry.networks import Network
from predictions.registry.predictors import Answering, Output, answering

logger = logging.getLogger(__name__)


class Asked(NamedTuple):
    """One inference: a version is asked about a picture."""

    inference_id: int
    version_id: int
    pixels: Pixels
    by_people: bool  # not for a comparison, nor as a shadow


class Said(NamedTuple):
    """What a network said of some pictures, by the identities of their pixels."""

    output: Output
    rows: Mapping[int, int]

    def of(self, pictures: Sequence[Pixels]) -> Output:
        rows = [self.rows[id(pixels)] for pixels in pictures]
        return Output(self.output.probabilities[rows], self.output.features[rows])


def answers_of(asked: Sequence[Asked]) -> list[Answer]:
    """One answer for each, in their order.

    Raises:
        ArithmeticError: a score is NaN or infinite, which PostgreSQL's JSON cannot hold.
    """
    began_at, began = time(), perf_counter()
    said = run_networks(asked)
    by_version: dict[int, list[Asked]] = defaultdict(list)
    for one in asked:
        by_version[one.version_id].append(one)
    answers = {
        answer.inference_id: answer
        for version_id, together in by_version.items()
        for answer in answers_of_version(answering(version_id), together, said)
    }
    took = milliseconds_since(began)
    for answer in answers.values():
        answer.timings["inference"] = took
        answer.began["inference"] = began_at
    return [answers[one.inference_id] for one in asked]


def run_networks(asked: Sequence[Asked]) -> dict[Network, Said]:
    pictures: dict[Network, dict[int, Pixels]] = defaultdict(dict)
    for one in asked:
        for network in answering(one.version_id).predictor.networks:
            pictures[network][id(one.pixels)] = one.pixels
    return {network: run_network(network, its) for network, its in pictures.items()}


def run_network(network: Network, pictures: Mapping[int, Pixels]) -> Said:
    engine = engine_of(network)
    batch = np.stack([pixels.by_recipe[engine.recipe.name] for pixels in pictures.values()])
    output = Output(*engine.predict(batch))
    batch_size.observe(len(batch))
    return Said(output, {key: row for row, key in enumerate(pictures)})


def answers_of_version(
    version: Answering, asked: Sequence[Asked], said: Mapping[Network, Said]
) -> list[Answer]:
    pictures = [one.pixels for one in asked]
    first = version.predictor.networks[0]
    rankings, features = rank(version, pictures, said)
    answers = [
        Answer(
            one.inference_id,
            ranking,
            vector.astype("<f4").tobytes(),
            str(first),
            {"decode": one.pixels.milliseconds, "batch_size": len(said[first].rows)},
            began={"decode": one.pixels.began},
        )
        for one, ranking, vector in zip(asked, rankings, features, strict=True)
    ]
    shadowed = [
        (answer, one.pixels) for answer, one in zip(answers, asked, strict=True) if one.by_people
    ]
    if shadowed:
        let_shadows_answer(version.classifier_id, shadowed, said)
    return answers


def let_shadows_answer(
    classifier_id: int,
    shadowed: Sequence[tuple[Answer, Pixels]],
    said: Mapping[Network, Said],
) -> None:
    """Adds to answers what the shadows of their classifier say of the same pictures."""
    answers, pictures = zip(*shadowed, strict=True)
    for shadow_id in shadows.of(classifier_id):
        try:
            of_shadow = answers_of_shadow(shadow_id, pictures, said)
        except JobTimeoutException:
            raise
        except Exception as error:  # the pictures of people do not wait for it
            logger.error("The shadow %s does not answer: %s", shadow_id, error)
            continue
        for answer, shadow in zip(answers, of_shadow, strict=True):
            answer.shadows.append(shadow)


def rank(
    version: Answering, pictures: Sequence[Pixels], said: Mapping[Network, Said]
) -> tuple[list[list[dict[str, Any]]], np.ndarray]:
    """The best classes of each picture, and the features of the version's first network.

    Raises:
        ArithmeticError
    """
    outputs = {network: said[network].of(pictures) for network in version.predictor.networks}
    probabilities = version.predictor.probabilities(outputs)
    if not np.isfinite(probabilities).all():
        raise ArithmeticError("The model answers with something that is not a number.")
    rankings = [
        [as_entry(ranked) for ranked in top_k(scores, version.labels, Inference.RANKED)]
        for scores in probabilities
    ]
    return rankings, outputs[version.predictor.networks[0]].features


def answers_of_shadow(
    version_id: int, pictures: Sequence[Pixels], said: Mapping[Network, Said]
) -> list[ShadowAnswer]:
    """From networks that have run; an empty one for each picture if it needs others.

    Raises what `answering` and `rank` raise. The shadow is not asked again then: it would fail
    once more, as often as people send pictures.
    """
    version = answering(version_id)
    if not set(version.predictor.networks) <= said.keys():
        return [ShadowAnswer(version_id)] * len(pictures)
    rankings, features = rank(version, pictures, said)
    network = str(version.predictor.networks[0])
    return [
        ShadowAnswer(version_id, ranking, vector.astype("<f4").tobytes(), network)
        for ranking, vector in zip(rankings, features, strict=True)
    ]
