"""Versions with a head of their own on the bundled model's features."""

import numpy as np

from predictions.classifiers import Classifier, ModelVersion
from predictions.inference.heads import Head, add_head
from predictions.inference.labels import Label, labels
from predictions.registry.model_store import model_store
from predictions.registry.versions import add_version

COLOURS = (Label(0, "red", "Red things"), Label(1, "blue", "Blue things"))


def random_head(classes: int, seed: int = 1, features: int = 1280) -> Head:
    random = np.random.default_rng(seed)
    return Head(
        random.normal(0, 0.1, (features, classes)).astype(np.float32),
        np.zeros(classes, np.float32),
    )


def add_imagenet_head(model: ModelVersion, seed: int = 1) -> ModelVersion:
    """Another version of the same classifier, which reads the same network."""
    return _add(model, f"head-{seed}", random_head(1000, seed), labels(), model.classifier)


def add_colours(model: ModelVersion, classifier: Classifier | None = None) -> ModelVersion:
    """A version of another classifier, with two classes that are none of ImageNet's.

    It is `colours` of the server unless told.
    """
    if classifier is None:
        classifier, _created = Classifier.objects.get_or_create(
            name="colours", defaults={"title": "Colours"}
        )
    return _add(model, "colours", random_head(2), COLOURS, classifier)


def _add(
    model: ModelVersion,
    name: str,
    head: Head,
    classes: tuple[Label, ...],
    classifier: Classifier,
) -> ModelVersion:
    store = model_store()
    backbone = store.get(model.name, model.manifest["version"])
    manifest = add_head(store, name, name.title(), backbone, head, classes)
    return add_version(manifest, model.precision, classifier)
