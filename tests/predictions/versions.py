"""Versions that tests make beside the bundled model."""

from typing import Any
from uuid import uuid4

from predictions.classifiers import Classifier, ModelVersion
from predictions.registry.roles import Changes


def version_like(model: ModelVersion, version: str, **fields: Any) -> ModelVersion:
    """The same files under another version, which answers nothing yet."""
    copied = {
        name: getattr(model, name)
        for name in ("classifier", "label_set", "name", "precision", "manifest")
    }
    return ModelVersion.objects.create(version=version, **(copied | fields))


def promote(model: ModelVersion) -> None:
    Changes(reason="a test").promote(model)


def without_champion(model: ModelVersion) -> None:
    """As if nothing had been prepared: a test of what pages and API say then."""
    ModelVersion.objects.filter(pk=model.pk).update(role=ModelVersion.Role.RETIRED)
    Classifier.objects.filter(pk=model.classifier_id).update(revision=uuid4())
