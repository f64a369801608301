"""An exported version becomes a version here, of any classifier, on this server or another.

A head is arrays of numbers for a network that is here already, so anybody may bring one. A network
of its own is a program for OpenVINO: it is tried out in a process with limits, but it then runs in
the workers that answer everybody, at its own speed. So only staff may bring one.
"""

import json
import logging
import re
import shutil
import subprocess
import sys
from hashlib import sha256
from importlib.metadata import version as installed_version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

import numpy as np
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from learning.exporting.foreign import read_foreign_head, read_foreign_labels
from learning.exporting.network import WEIGHTS_FILE, said_by_the_service
from learning.exporting.package import OF_A_NETWORK
from learning.exporting.unpacking import Claims, unpack
from learning.refusals import TeachingRefused
from predictions.classifiers import Classifier, ModelVersion
from predictions.inference.architectures import EFFICIENTNET_LITE2, HAS_SIMD
from predictions.inference.errors import ModelError
from predictions.inference.heads import add_head
from predictions.inference.label_files import LABELS_FILE
from predictions.inference.labels import Label, digest
from predictions.inference.preprocessing import RECIPES
from predictions.inference.store import Manifest, ModelStore, now
from predictions.inference.weights import file_hash
from predictions.registry.model_store import model_store
from predictions.registry.versions import add_version

logger = logging.getLogger(__name__)

# Processors round in their own ways; another network, or damaged arrays, are farther away.
TOLERANCE = 1e-3
SAFE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}")  # as a part of a path
TRIAL_SECONDS = 180  # by the clock, on a machine that is busy


def import_version(
    file: IO[bytes], classifier: Classifier, *, networks: bool = False
) -> ModelVersion:
    """Adds what `write_package` has written, as a version that answers nothing until it is used.

    networks: whether one with a network of its own is accepted, see above.
    Takes seconds and loads the network: for the training worker.
    Raises:
        TeachingRefused: it is not accepted; nothing was kept.
        OSError: the disk is full.
    """
    with TemporaryDirectory() as made:
        folder = Path(made)
        claims = unpack(file, folder)
        labels = read_foreign_labels(folder)
        if claims.backbone:
            manifest, precision = import_head(folder, claims, labels, classifier)
        elif networks:
            manifest, precision = import_network(folder, claims, labels, classifier), "f32"
        else:
            raise TeachingRefused(
                _("This model has a network of its own. Only administrators can import those.")
            )
    return add_version(manifest, precision, classifier)


def import_head(
    folder: Path, claims: Claims, labels: tuple[Label, ...], classifier: Classifier
) -> tuple[Manifest, str]:
    """The head in the model store, and the precision in which its network runs here.

    Raises TeachingRefused.
    """
    store = model_store()
    backbone = backbone_of(claims, store)
    head = read_foreign_head(folder)
    try:
        with np.errstate(all="ignore"):  # what overflows is refused
            said = said_by_the_service(store.path(backbone.name, backbone.version), head)
        refuse_others(said, claims, labels)
        manifest = add_head(
            store,
            classifier.name,
            claims.title[:100],
            backbone,
            head,
            labels,
            training=training_of(claims),
        )
    except ValueError as error:
        raise TeachingRefused(
            _("The model does not fit its classes, or the network whose features it reads.")
        ) from error
    return manifest, precision_of(backbone)


def backbone_of(claims: Claims, store: ModelStore) -> Manifest:
    """Raises TeachingRefused: this server does not have it."""
    name, version = claims.backbone["name"], claims.backbone["version"]
    try:
        if name == EFFICIENTNET_LITE2.name:
            store.prepare(name)  # perhaps nobody has trained deeper here yet
        if SAFE_NAME.fullmatch(name) and SAFE_NAME.fullmatch(version):
            found = store.get(name, version)
            if not found.backbone and store.is_intact(found):
                return found
    except ModelError:
        pass
    raise TeachingRefused(
        gettext_noop("The model reads the network %(name)s, which this server does not have."),
        name=f"{name} {version}"[:140],
    )


def precision_of(network: Manifest) -> str:
    """That in which it is asked here already, so that it is not loaded twice."""
    versions = ModelVersion.objects.filter(name=network.name, manifest__version=network.version)
    precisions = dict(versions.values_list("role", "precision"))
    champions = precisions.pop(ModelVersion.Role.CHAMPION, None)
    return champions or next(iter(precisions.values()), network.precision)


def import_network(
    folder: Path, claims: Claims, labels: tuple[Label, ...], classifier: Classifier
) -> Manifest:
    """The network in the model store, without `reference.keras`: no Keras file from elsewhere is
    ever loaded, because such a file may contain code. So OpenVINO alone can run it.

    Raises TeachingRefused.
    """
    if settings.CLASSIFIER_ENGINE != "openvino":
        raise TeachingRefused(
            _("Models with a network of their own run with OpenVINO, which is not in use here.")
        )
    recipe = RECIPES.get(claims.recipe)
    if recipe is None or (recipe.simd and not HAS_SIMD):
        raise TeachingRefused(
            _("The model needs pictures prepared in a way that this server does not know.")
        )
    said, feature_size = try_out(folder, claims.recipe)
    away = refuse_others(said, claims, labels)
    files = {name: file_hash(folder / name, "sha256") for name in OF_A_NETWORK}
    version = sha256(f"{claims.recipe} {digest(labels)} {files}".encode()).hexdigest()[:8]

    def write(target: Path) -> Manifest:
        for name in files:
            shutil.copyfile(folder / name, target / name)
        return Manifest(
            name=classifier.name,
            version=version,
            title=claims.title[:100],
            architecture=claims.architecture,
            source=f"imported, {claims.version} there",
            weights_sha256=files[WEIGHTS_FILE],
            files=files,
            licence=claims.licence,
            attribution=claims.attribution,
            input_size=recipe.size,
            recipe=recipe.name,
            labels={"name": classifier.name, "sha256": files[LABELS_FILE]},
            classes=len(labels),
            feature_size=feature_size,
            precision="f32",
            parity=away,
            keras_version="",
            openvino_version=installed_version("openvino"),
            prepared_at=now(),
            training=training_of(claims),
        )

    return model_store().add(classifier.name, version, write)


def try_out(folder: Path, recipe: str) -> tuple[np.ndarray, int]:
    """What the network says of `network.trial_pixels`, and the size of its features.

    Raises TeachingRefused.
    """
    command = [sys.executable, "-m", "learning.exporting.trial", str(folder), recipe]
    try:
        done = subprocess.run(  # noqa: S603
            command, cwd=settings.BASE_DIR, capture_output=True, timeout=TRIAL_SECONDS
        )
        found: dict[str, Any] = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError) as error:
        logger.warning("A foreign network failed in its trial: %s", getattr(error, "stderr", ""))
        raise TeachingRefused(
            _("The network is damaged, too large or too slow for this server.")
        ) from error
    if "unknown" in found:
        raise TeachingRefused(
            gettext_noop("The network has layers of kinds that are not accepted: %(kinds)s."),
            kinds=", ".join(found["unknown"])[:100],
        )
    if "wrong" in found:
        raise TeachingRefused(_("The network does not lead from pictures to probabilities."))
    return np.array(found["probabilities"], np.float32), found["feature_size"]


def refuse_others(said: np.ndarray, claims: Claims, labels: tuple[Label, ...]) -> float:
    """How far probabilities are from those where the version was exported.

    Raises TeachingRefused: they are none, or too far.
    """
    if said.shape != (len(labels),) or not abs(said.sum() - 1) <= TOLERANCE or said.min() < 0:
        raise TeachingRefused(_("What the model answers are no probabilities of its classes."))
    if claims.trial.shape != said.shape or not np.abs(said - claims.trial).max() <= TOLERANCE:
        raise TeachingRefused(_("The model does not answer here as it did where it was exported."))
    return float(np.abs(said - claims.trial).max())


def training_of(claims: Claims) -> dict[str, Any]:
    """Kept apart from what is measured here: pages show the figures of no other server as ours."""
    return {"imported": claims.version, "there": claims.training}
