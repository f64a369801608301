"""The models: is one there, are its files as they were made, does it give a known answer."""

import time
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from typing import Any

import numpy as np
from django.conf import settings
from django.db.models import QuerySet

from classifier_site.operations.doctor.findings import (
    Check,
    Finding,
    note,
    problem,
    reason,
)
from predictions.classifiers import DEFAULT, Classifier, ModelVersion
from predictions.inference import pictures
from predictions.inference.architectures import ARCHITECTURES
from predictions.inference.errors import ModelNotPrepared
from predictions.inference.sharing import SharingStore
from predictions.inference.store import Manifest, ModelStore
from predictions.registry.engines import engine_of
from predictions.registry.model_store import model_store
from predictions.registry.predictors import Output, predictor_of

PREPARE = "python manage.py prepare_model"
BACK = "Restore the folder of the models from a backup, or import or train the version again."
HASHING_SECONDS = 8.0  # for all; ResNet50's 100 MB take a fifth of a second
# The picture of the start page, and what is on it: in ImageNet, espresso and the cup.
KNOWN_PICTURE = settings.BASE_DIR / "static/coffee.jpg"
KNOWN_CLASSES = {"n07920052", "n07930864"}
TOP = 3  # among which one of them is: the published models say espresso first


def in_use() -> QuerySet[ModelVersion]:
    """Versions that answer, the server's first."""
    versions = ModelVersion.objects.exclude(role=ModelVersion.Role.RETIRED)
    versions = versions.filter(classifier__in=Classifier.objects.all())
    return versions.select_related("classifier").order_by("classifier__owner_id", "role", "pk")


def champion() -> Iterator[Finding]:
    if not in_use().filter(classifier__name=DEFAULT, role=ModelVersion.Role.CHAMPION).exists():
        yield problem("No model answers: every picture is refused.", f"Run: {PREPARE} auto")


def files() -> Iterator[Finding]:
    """Of each version in use; a head with its backbone."""
    store, looked_at, began, late = model_store(), set(), time.monotonic(), 0
    for version in in_use():
        stored = version.manifest
        key = (stored["name"], stored["version"])
        if not stored["files"] or key in looked_at:  # an ensemble's are its members'
            continue
        looked_at.add(key)
        if time.monotonic() - began > HASHING_SECONDS:
            late += 1
            continue
        if isinstance(store, SharingStore):
            yield from look_at_shared(store, version)
        else:
            yield from look_at(store, version)
    if late:
        yield note(f"The files of {late:,} further versions were not read: there are too many.")


def look_at(store: ModelStore, version: ModelVersion) -> Iterator[Finding]:
    said: dict[str, Any] = version.manifest
    where = store.path(said["name"], said["version"])
    try:
        manifest = store.get(said["name"], said["version"])
        if store.is_intact(manifest) and manifest.files == said["files"]:
            return
        wrong = "are damaged: a hash is not that with which they were made"
    except ModelNotPrepared:
        wrong = "are not on this machine"
    except OSError as error:
        wrong = f"cannot be read: {reason(error)}"
    yield problem(
        f"The files of {version} ({version.classifier}, {version.role}) in {where} {wrong}.",
        f"Run: {PREPARE} {said['architecture']}" if is_published(said) else BACK,
    )


def look_at_shared(store: SharingStore, version: ModelVersion) -> Iterator[Finding]:
    """In the bucket, and the copy of this machine if it has one."""
    manifest = Manifest(**version.manifest)
    which = f"The files of {version} ({version.classifier}, {version.role})"
    try:
        if not store.shared.has(manifest):
            yield problem(
                f"{which} are not in {store.shared}, so machines without them cannot load it.",
                "On a machine that has them, run: python manage.py models share",
            )
    except OSError as error:
        yield problem(
            f"{which} cannot be looked for in {store.shared}: {reason(error)}",
            "See what `manage.py doctor storage` says of the bucket.",
        )
    folder = store.path(manifest.name, manifest.version)
    # A head alone: its network is another version's, or was fetched with it.
    if folder.exists() and not ModelStore(store.root).is_intact(replace(manifest, backbone={})):
        yield problem(
            f"{which} in {folder} are damaged: a hash is not that with which they were made.",
            "Delete that folder: they are fetched again.",
        )


def is_published(said: dict[str, Any]) -> bool:
    """Of weights that anybody can have again, whose answer is known."""
    architecture = ARCHITECTURES.get(said["name"])
    return architecture is not None and said["source"] == architecture.weights_source


def answer() -> Iterator[Finding]:
    """The model of everybody classifies a picture of which the answer is known."""
    version = in_use().filter(classifier__name=DEFAULT, role=ModelVersion.Role.CHAMPION).first()
    if version is None:
        return
    if find_spec(settings.CLASSIFIER_ENGINE) is None:
        yield note(
            f"No picture was classified: {settings.CLASSIFIER_ENGINE} is not installed here. In "
            "compose: docker compose run --rm worker python manage.py doctor models"
        )
        return
    try:
        probabilities = classify(version)
    except (ModelNotPrepared, OSError) as error:
        yield problem(
            f"{version} cannot be loaded: {reason(error)}",
            f"Run: {PREPARE} auto --promote",
        )
        return
    classes = version.label_set.classes
    best = [classes[index][0] for index in np.argsort(-probabilities)[:TOP]]
    is_known = is_published(version.manifest) and not version.manifest.get("backbone")
    if not np.isfinite(probabilities).all() or abs(float(probabilities.sum()) - 1) > 0.01:
        said = "what it says of a photograph are no probabilities"
    elif is_known and not KNOWN_CLASSES.intersection(best):
        said = f"it takes a cup of coffee for {classes[int(np.argmax(probabilities))][1]}"
    else:
        return
    yield problem(
        f"{version} gives wrong answers: {said}.",
        "Go back to another version (`manage.py models list`, then `rollback` or `promote`), and "
        f"prepare this one anew: {PREPARE} {version.manifest['architecture']}",
    )


def classify(version: ModelVersion) -> np.ndarray:
    """Probabilities, float32 (C,), of the known picture. Raises ModelNotPrepared and OSError."""
    image = pictures.open_image(KNOWN_PICTURE.read_bytes())
    predictor = predictor_of(version)
    outputs = {}
    for network in predictor.networks:
        engine = engine_of(network)
        outputs[network] = Output(*engine.predict(np.stack([engine.preprocess(image)])))
    of_one: np.ndarray = predictor.probabilities(outputs)[0]
    return of_one


CHECKS = [Check(look, needs=("database",)) for look in (champion, files, answer)]
