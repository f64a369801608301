"""Versions that tests make beside the bundled model."""

from typing import Any
from uuid import uuid4

from django.conf import settings

from predictions.classifiers import DEFAULT, Classifier, ModelVersion
from predictions.inference.store import ModelStore
from predictions.registry import routing
from predictions.registry.roles import Changes
from predictions.registry.versions import add_version
from predictions.similar import table


def register_model() -> ModelVersion:
    """The bundled model as the champion, which this process knows by the time it returns.

    As it knows whether there are vectors of what it sees.
    """
    assert table.is_there()
    [manifest, *_] = ModelStore(settings.MODEL_STORE).versions("efficientnet-lite0")
    version = add_version(manifest)
    Changes().promote(version)
    routing.forget(DEFAULT)
    routing.roles_of()
    return ModelVersion.objects.select_related("classifier").get(pk=version.pk)


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
