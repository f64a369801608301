"""Trainings that are done without anything being learned: for what only shows results."""

from typing import Any

from django.utils import timezone

from learning.models import Example, Outcome, Training
from predictions.classifiers import Classifier, ModelVersion
from predictions.inference.labels import NONE_KEY, NONE_NAME, Label
from tests.predictions.heads import _add, random_head

FIGURES = {
    "low": 0.71,
    "high": 0.93,
    "baseline": 0.36,
    "calibration_error": 0.041,
    "accepted": 0.95,
    "curve": [
        {"pictures": 5, "accuracy": 0.62, "low": 0.49, "high": 0.73},
        {"pictures": 10, "accuracy": 0.71, "low": 0.6, "high": 0.8},
        {"pictures": 20, "accuracy": 0.78, "low": 0.68, "high": 0.86},
    ],
}


def trained(user: Any, classifier: Classifier, model: ModelVersion, **fields: Any) -> Training:
    """With a version, and outcomes of all its examples: of each class the first is in doubt."""
    classes = list(classifier.taught_classes.order_by("pk"))
    named = [(one.key, one.name) for one in classes] + [(NONE_KEY, NONE_NAME)]
    labels = tuple(Label(index, key, name) for index, (key, name) in enumerate(named))
    seed = classifier.trainings.count()
    head = random_head(len(labels), seed)
    version = _add(model, f"{classifier.name}-{seed}", head, labels, classifier)
    examples = list(Example.objects.of(classifier).select_related("taught_class").order_by("pk"))
    others = {one.key: classes[index - 1].key for index, one in enumerate(classes)}
    doubtful = {one.taught_class_id: one for one in reversed(examples)}
    right = len(examples) - len(doubtful)
    training = Training.objects.create(
        classifier=classifier,
        started_by=user,
        status="done",
        started_at=timezone.now(),
        finished_at=timezone.now(),
        version=version,
        examples=len(examples),
        figures=FIGURES | {"right": right, "of": len(examples), "accuracy": right / len(examples)},
        **fields,
    )
    Outcome.objects.bulk_create(
        Outcome(
            training=training,
            example=one,
            truth=(truth := one.taught_class.key),
            said=others[truth] if one in doubtful.values() else truth,
            score=0.6,
            score_of_truth=0.07 if one in doubtful.values() else 0.6,
            suggested=others[truth] if one in doubtful.values() else "",
        )
        for one in examples
    )
    return training
