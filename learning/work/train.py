"""From "Train" to a version that can be used.

The steps of `train`: read which pictures show what, compute the features that are missing, learn
(training/learn.py, which knows no database), compare with the version in use, save. "Train deeper"
does so with a larger network, and once more with that network after it was tuned, if it can be.
"""

from dataclasses import dataclass

import numpy as np
from django.db import transaction
from threadpoolctl import threadpool_limits

from learning.background import Cancelled
from learning.models import Example, Outcome, Training
from learning.training.learn import Learned, learn
from learning.training.samples import Samples
from learning.training.suspects import suspects
from learning.work import features, leftovers
from learning.work.comparison import compare
from learning.work.data_set import DataSet, data_set
from learning.work.deepen import can_tune, deepen
from predictions.classifiers import Classifier
from predictions.inference.heads import add_head
from predictions.inference.progress import Progress
from predictions.inference.store import Manifest
from predictions.registry.model_store import model_store
from predictions.registry.networks import Network
from predictions.registry.versions import add_version

SEED = 0


@dataclass(frozen=True)
class Made:
    """A head that is not stored yet, and the network on which it stands, which is."""

    samples: Samples
    learned: Learned
    backbone: Manifest
    network: Network


def train(training: Training, report: Progress) -> None:
    """From what is given now.

    Raises what `report` raises, TeachingRefused, CannotLearn, ModelError, OSError and
    DatabaseError.
    """
    report("reading")
    known_data = data_set(training.classifier)
    network, backbone = features.larger(report) if training.deeper else features.serving()
    features.compute_missing(known_data.examples, network, report)
    data, samples = samples_of(known_data, network)
    made = Made(samples, head_of(samples, report), backbone, network)
    stored: list[Manifest] = []
    try:
        if training.deeper and can_tune(samples.classes):
            samples, tuned = deepen(training, data, samples, backbone, SEED, report)
            stored.append(tuned)
            network = Network(tuned.name, tuned.version, network.precision)
            made = better(made, Made(samples, head_of(samples, report), tuned, network))
            if made.backbone != tuned:
                leftovers.delete([stored.pop()])
        report("saving")
        manifest = store_head(training.classifier, made.backbone, data, made.learned)
        stored.append(manifest)
        save(training, data, made.samples, made.learned, manifest, made.network)
    except BaseException:
        leftovers.delete(stored)
        raise


def better(untuned: Made, tuned: Made) -> Made:
    """The one that was right more often about pictures that were left out.

    In doubt the network that is as it was: several classifiers share it, and a worker runs it once.
    """
    return tuned if tuned.learned.figures.right > untuned.learned.figures.right else untuned


def head_of(samples: Samples, report: Progress) -> Learned:
    """Raises CannotLearn and what `report` raises."""
    # Its products are small: further threads would wait for each other, and take ten times as much.
    with threadpool_limits(1):
        return learn(samples, seed=SEED, progress=report)


def samples_of(data: DataSet, network: Network) -> tuple[DataSet, Samples]:
    """Those whose features are known by now. Raises TeachingRefused."""
    known = features.read([one.image_id for one in data.examples], network)
    data = data.with_features(known)
    data.refuse_too_few()
    samples = Samples(
        features=np.stack([known[one.image_id] for one in data.examples]),
        classes=data.truths,
        none=len(data.classes) - 1 if data.teaches_none else None,
        names=[one.name for one in data.classes],
        groups=data.groups,
    )
    return data, samples


def store_head(
    classifier: Classifier, backbone: Manifest, data: DataSet, learned: Learned
) -> Manifest:
    learned_from = {
        "data_set": data.sha256(),
        "pictures": len(data.examples),
        "parameters": learned.parameters,
        "figures": learned.figures.as_dict(),
    }
    return add_head(
        model_store(),
        classifier.name,
        classifier.title,
        backbone,
        learned.head,
        data.labels,
        training=learned_from,
    )


def save(
    training: Training,
    data: DataSet,
    samples: Samples,
    learned: Learned,
    manifest: Manifest,
    network: Network,
) -> None:
    """The version, and what was said of each example. Raises Cancelled and DatabaseError."""
    with transaction.atomic():
        if not training.mine().select_for_update().exists():
            raise Cancelled
        training.version = add_version(manifest, network.precision, training.classifier)
        training.figures = learned.figures.as_dict()
        training.examples = len(data.examples)
        # Locked: their deletion waits until the outcomes that point at them are there.
        ids = [one.pk for one in data.examples]
        kept = set(
            Example.objects.select_for_update(no_key=True)
            .filter(pk__in=ids)
            .order_by("pk")
            .values_list("pk", flat=True)
        )
        outcomes = outcomes_of(training, data, samples, learned, kept)
        Outcome.objects.bulk_create(outcomes, batch_size=1000)
        training.comparison = compare(training.classifier, outcomes, samples, data, network)
        training.finish(
            version=training.version,
            figures=training.figures,
            examples=training.examples,
            comparison=training.comparison,
        )


def outcomes_of(
    training: Training, data: DataSet, samples: Samples, learned: Learned, kept: set[int]
) -> list[Outcome]:
    """kept: ids of the examples that have not been deleted meanwhile."""
    keys = [label.key for label in data.labels]
    suggested = dict(suspects(samples, learned.out_of_fold))
    outcomes = []
    for at, (example, truth, scores) in enumerate(
        zip(data.examples, samples.classes, learned.out_of_fold, strict=True)
    ):
        outcome = Outcome(
            training=training,
            example_id=example.pk if example.pk in kept else None,
            truth=keys[truth],
        )
        if not np.isnan(scores).any():
            said = int(scores.argmax())
            outcome.said = keys[said]
            outcome.score = float(scores[said])
            outcome.score_of_truth = float(scores[truth])
            if at in suggested and example.confirmed_at is None:
                outcome.suggested = keys[suggested[at]]
        outcomes.append(outcome)
    return outcomes
