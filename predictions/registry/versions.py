"""Adding versions to a classifier; which of them answers is for roles.py."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict

from django.db import transaction
from django.utils.translation import gettext as _

from predictions.classifiers import DEFAULT, Classifier, EnsembleMember, LabelSet, ModelVersion
from predictions.inference.errors import ModelNotPrepared
from predictions.inference.label_files import read_labels
from predictions.inference.labels import as_entries, digest, labels, labels_sha256
from predictions.inference.store import Manifest
from predictions.registry.model_store import model_store

IMAGENET_TITLE = "ImageNet, 1,000 classes"


class NotAnEnsemble(ValueError):
    """These versions cannot be averaged; says why."""


@transaction.atomic
def add_version(
    manifest: Manifest, precision: str = "f32", classifier: Classifier | None = None
) -> ModelVersion:
    """The row of a prepared model that computes in this precision.

    classifier: the one it is a version of; the built-in one unless told.
    Raises ModelNotPrepared if the store has no labels of it.
    """
    version, is_new = ModelVersion.objects.get_or_create(
        classifier=classifier or built_in(),
        name=manifest.name,
        version=f"{manifest.version}-{precision}",
        defaults={
            "precision": precision,
            "manifest": asdict(manifest),
            "label_set": label_set_of(manifest),
        },
    )
    if not is_new and manifest.precisions:  # compared, perhaps again, since it was added
        version.manifest["precisions"] = manifest.precisions
        version.save(update_fields=["manifest"])
    return version


def built_in() -> Classifier:
    found, _created = Classifier.objects.get_or_create(
        name=DEFAULT, defaults={"title": IMAGENET_TITLE}
    )
    return found


def label_set_of(manifest: Manifest) -> LabelSet:
    """Raises ModelNotPrepared if the store has no labels of it, or others."""
    classes = labels()
    if manifest.labels["sha256"] != labels_sha256():
        classes = read_labels(model_store().at_hand(manifest.name, manifest.version))
    if len(classes) != manifest.classes:
        raise ModelNotPrepared(
            f"{manifest.title} has {manifest.classes} classes, and labels for {len(classes)}."
        )
    found, _created = LabelSet.objects.get_or_create(
        sha256=digest(classes), defaults={"classes": as_entries(classes)}
    )
    return found


@transaction.atomic
def add_ensemble(
    versions: Sequence[ModelVersion], weights: Sequence[float] | None = None
) -> ModelVersion:
    """A version that answers with the weighted mean of what these say; the same one if it exists.

    Its features are those of the first.
    Raises NotAnEnsemble.
    """
    weights = [1.0] * len(versions) if weights is None else weights
    refuse_ensemble(versions, weights)
    members = list(zip(versions, weights, strict=True))
    text = " ".join(f"{version.pk}*{weight!r}" for version, weight in members)
    first = versions[0]
    ensemble, is_new = ModelVersion.objects.get_or_create(
        classifier=first.classifier,
        name="ensemble",
        version=hashlib.sha256(text.encode()).hexdigest()[:8],
        defaults={
            "precision": first.precision,
            "label_set": first.label_set,
            "manifest": {
                **first.manifest,
                "name": "ensemble",
                "title": " + ".join(version.title for version in versions),
                "files": {},
                "backbone": {},
                "quantised": {},
                "precisions": {},
            },
        },
    )
    if is_new:
        EnsembleMember.objects.bulk_create(
            EnsembleMember(ensemble=ensemble, version=version, weight=weight)
            for version, weight in members
        )
    return ensemble


def refuse_ensemble(versions: Sequence[ModelVersion], weights: Sequence[float]) -> None:
    """Raises NotAnEnsemble, and returns otherwise."""
    if len(set(versions)) != len(versions) or len(versions) < 2:
        raise NotAnEnsemble(_("An ensemble is made of two or more different versions."))
    if len(weights) != len(versions):
        raise NotAnEnsemble(_("An ensemble takes one weight for each of its versions."))
    if not all(0 < weight < float("inf") for weight in weights):
        raise NotAnEnsemble(_("The weights of an ensemble are greater than zero."))
    if len({version.classifier_id for version in versions}) > 1:
        raise NotAnEnsemble(_("The versions of an ensemble belong to one classifier."))
    if len({version.label_set_id for version in versions}) > 1:
        raise NotAnEnsemble(_("The versions of an ensemble have the same labels."))
    if any(version.members.exists() for version in versions):
        raise NotAnEnsemble(_("An ensemble is not made of ensembles."))
