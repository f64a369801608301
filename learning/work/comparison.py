"""Is a new version better than the one in use? Both on the same pictures, that neither has seen.

Of a picture that both learned from, each was asked while it was left out (cross-validation). One
that has come since is new to the version in use, which is asked now.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from learning.models import Outcome
from learning.training.samples import Samples
from learning.work.data_set import DataSet
from predictions.classifiers import Classifier, ModelVersion
from predictions.comparisons.figures import Accuracy, paired
from predictions.registry.networks import Network
from predictions.registry.predictors import OfHead, answering
from predictions.registry.roles import champion_of


def compare(
    classifier: Classifier,
    outcomes: Sequence[Outcome],
    samples: Samples,
    data: DataSet,
    network: Network,
) -> dict[str, Any]:
    """What is said of the version in use (`first`) and of the new one (`second`).

    Empty if no version is in use, or if it has no pictures in common with the new one.
    """
    in_use = champion_of(classifier)
    if in_use is None:
        return {}
    before = said_before(in_use, samples, data, network)
    said = {
        at: (before[at], outcome.said)
        for at, outcome in enumerate(outcomes)
        if at in before and outcome.said
    }
    truth = {at: outcome.truth for at, outcome in enumerate(outcomes)}
    figures = paired(said, truth)
    if figures is None:
        return {}
    return {
        "with": in_use.pk,
        "first": as_dict(figures.first),
        "second": as_dict(figures.second),
        "only_first": figures.only_first,
        "only_second": figures.only_second,
        "p_value": figures.p_value,
        "better": figures.better,
    }


def said_before(
    in_use: ModelVersion, samples: Samples, data: DataSet, network: Network
) -> dict[int, str]:
    """Keys of classes by the place of the sample; without those of which nothing honest is known.

    network: the one that has made the samples' features.
    """
    training = in_use.trainings.order_by("created_at").first()
    if training is None:  # imported: what it has learned from is not known here
        return {}
    earlier = dict(
        training.outcomes.exclude(example=None).exclude(said="").values_list("example", "said")
    )
    said = {
        at: earlier[example.pk] for at, example in enumerate(data.examples) if example.pk in earlier
    }
    version = answering(in_use.pk)
    new = [at for at in range(len(data.examples)) if at not in said]
    if new and isinstance(version.predictor, OfHead) and version.predictor.networks == (network,):
        scores = version.predictor.head.probabilities(samples.features[new, 0])
        best = np.argmax(scores, axis=1)
        said |= {at: version.labels[index].key for at, index in zip(new, best, strict=True)}
    return said


def as_dict(accuracy: Accuracy) -> dict[str, Any]:
    return {**accuracy._asdict(), "share": accuracy.share}
