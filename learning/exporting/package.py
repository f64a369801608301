"""A version as a ZIP: two formats of its network, what it is, and a script that runs it."""

import json
import os
import shutil
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZipFile

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from learning.exporting.network import ONNX_FILE, WEIGHTS_FILE, write_networks
from learning.exporting.readme import readme
from learning.refusals import TeachingRefused
from predictions.classifiers import ModelVersion
from predictions.inference.architectures import ARCHITECTURES
from predictions.inference.engines.openvino import MODEL_FILE
from predictions.inference.errors import ModelNotPrepared
from predictions.inference.heads import HEAD_FILE, Head
from predictions.inference.label_files import LABELS_FILE, write_labels
from predictions.inference.preprocessing import RECIPES, Recipe
from predictions.inference.store import MANIFEST_FILE, Manifest, ModelStore
from predictions.inference.weights import file_hash
from predictions.registry.label_sets import labels_of
from predictions.registry.model_store import model_store

FORMAT = 1  # of the ZIP; one that old servers could not read would be 2
README_FILE, SCRIPT_FILE, LICENCE_FILE = "README.md", "classify.py", "LICENSE.txt"
ENCLOSED = Path(__file__).with_name("enclosed")
# Of those in the ZIP what it takes to import it again, beside the manifest.
OF_A_HEAD = (HEAD_FILE, LABELS_FILE)
OF_A_NETWORK = (MODEL_FILE, WEIGHTS_FILE, LABELS_FILE)
NAMES = {
    *OF_A_HEAD,
    *OF_A_NETWORK,
    *(ONNX_FILE, MANIFEST_FILE, README_FILE, SCRIPT_FILE, LICENCE_FILE),
}


def write_package(version: ModelVersion, path: Path) -> None:
    """Writes the ZIP, whole or not at all.

    Takes one second and 200 MB of memory for EfficientNet-Lite0, five and 700 MB for ResNet50.
    Raises:
        TeachingRefused
        OSError: the disk is full, say.
    """
    refuse_export(version)
    store = model_store()
    stored = Manifest(**version.manifest)
    if not store.is_intact(stored):
        raise TeachingRefused(
            gettext_noop("Files of %(version)s are missing or damaged on this server."),
            version=str(version),
        )
    network = stored.backbone or {"name": stored.name, "version": stored.version}
    # Beside the ZIP, where there is room for it: /tmp may be memory.
    with TemporaryDirectory(dir=path.parent, prefix=".exporting-") as made:
        folder = Path(made)
        head = head_of(stored, store, folder)
        said = write_networks(store.path(**network), head, folder)
        labels = labels_of(version.label_set_id)
        write_labels(labels, folder)
        files = {each.name: file_hash(each, "sha256") for each in sorted(folder.iterdir())}
        manifest = describe(version, stored, said, files)
        (folder / MANIFEST_FILE).write_text(
            json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", encoding="utf-8"
        )
        (folder / README_FILE).write_text(readme(manifest, labels), encoding="utf-8")
        shutil.copyfile(ENCLOSED / SCRIPT_FILE, folder / SCRIPT_FILE)
        if stored.architecture in ARCHITECTURES:  # Apache-2.0 and MIT ask for their text
            licence = ENCLOSED / "licences" / f"{stored.architecture}.txt"
            shutil.copyfile(licence, folder / LICENCE_FILE)
        packed = folder / "package.zip"
        with ZipFile(packed, "w") as archive:  # weights would shrink by a tenth, in seconds
            for each in sorted(folder.iterdir()):
                if each != packed:
                    archive.write(each, each.name)
        os.replace(packed, path)


def refuse_export(version: ModelVersion) -> None:
    """Raises TeachingRefused for what can be told at once, and returns otherwise."""
    if version.members.exists():
        raise TeachingRefused(_("An ensemble has no network of its own. Export its members."))
    if version.precision == "int8":
        raise TeachingRefused(_("A version in int8 runs here alone. Export the one in f32."))
    if version.manifest["recipe"] not in RECIPES:
        raise TeachingRefused(
            gettext_noop("%(version)s was prepared by another release of this service."),
            version=str(version),
        )


def head_of(stored: Manifest, store: ModelStore, target: Path) -> Head | None:
    """A version's head, which is copied, or None if its network's own probabilities count."""
    if not stored.backbone:
        return None
    folder = store.path(stored.name, stored.version)
    shutil.copyfile(folder / HEAD_FILE, target / HEAD_FILE)
    try:
        return Head.read(folder)
    except ModelNotPrepared as error:
        raise TeachingRefused(str(error)) from error


def describe(
    version: ModelVersion, stored: Manifest, said: list[float], files: dict[str, str]
) -> dict[str, Any]:
    """`trial`: what the network said of `network.trial_pixels`, to compare with after an import."""
    model = asdict(stored)
    del model["files"]  # of the store; the ZIP has others
    return {
        "format": FORMAT,
        "version": str(version),
        "classifier": {"name": version.classifier.name, "title": version.classifier.title},
        "preprocessing": preprocessing(RECIPES[stored.recipe]),
        "model": model,
        "trial": said,
        "files": files,
    }


def preprocessing(recipe: Recipe) -> dict[str, Any]:
    """A recipe as the script needs it.

    crop: the side of the square in the middle, in parts of the shorter side; None: all of it.
    channels: the places of red, green and blue that the model reads first, second and third.
    """
    return {
        "size": recipe.size,
        "crop": recipe.size / recipe.shorter_side if recipe.shorter_side else None,
        "filter": recipe.resample.name,
        "srgb": recipe.srgb,
        "channels": ["RGB".index(channel) for channel in recipe.channels],
        "mean": list(recipe.mean),
        "scale": recipe.scale,
    }
