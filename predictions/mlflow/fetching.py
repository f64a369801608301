"""Brings a version that MLflow has into the model store: `prepare_model mlflow:NAME@ALIAS`.

What comes from there is checked like an upload: names of files become paths here, and each file
must have the hash that the manifest gives.
"""

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from predictions.classifiers import Classifier
from predictions.inference.engines import Precision, native_precisions
from predictions.inference.errors import ModelNotPrepared
from predictions.inference.preprocessing import RECIPES
from predictions.inference.progress import Progress
from predictions.inference.store import MANIFEST_FILE, Manifest, ModelStore
from predictions.inference.weights import file_hash
from predictions.mlflow.client import MlflowUnusable, connect, refusals_named

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion as Registered

# What of a foreign manifest becomes a part of a path.
SAFE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)
class Reference:
    """`mlflow:NAME@ALIAS` or `mlflow:NAME/3`."""

    name: str
    alias: str
    number: str

    @classmethod
    def parse(cls, text: str) -> "Reference | None":
        # A classifier here will have the name, so it is a slug.
        found = re.fullmatch(r"mlflow:([-\w]{1,64})(?:@([-\w]+)|/([0-9]+))", text, re.ASCII)
        return cls(*(part or "" for part in found.groups())) if found else None

    def __str__(self) -> str:
        return f"{self.name}@{self.alias}" if self.alias else f"{self.name}/{self.number}"

    def look_up(self, client: "MlflowClient") -> "Registered":
        if self.alias:
            return client.get_model_version_by_alias(self.name, self.alias)
        return client.get_model_version(self.name, self.number)


def fetch(
    reference: Reference, store: ModelStore, progress: Progress
) -> tuple[Manifest, Precision, Classifier]:
    """The version in the store, the precision it computes in, and the classifier it belongs to.

    The classifier is added if there is none of this name. A version that is in the store and
    intact is not fetched again.
    Raises MlflowUnusable.
    """
    client = connect()
    with refusals_named(f"MLflow did not give {reference}"):
        found = reference.look_up(client)
        title = client.get_registered_model(found.name).tags.get("title", found.name)
        manifest = stored(client, found, store, progress)
    precision: Precision = "f32"
    if manifest.precision == "int8":
        precision = "int8"  # it cannot be had in another
    elif found.tags.get("precision") == "bf16" and "bf16" in native_precisions():
        precision = "bf16"
    classifier, _created = Classifier.everything.get_or_create(
        name=found.name, defaults={"title": title[:100]}
    )
    if not classifier.is_servers or classifier.deleted_at:
        raise MlflowUnusable(f"The classifier {found.name} is not this server's, or was deleted.")
    return manifest, precision, classifier


def stored(
    client: "MlflowClient", found: "Registered", store: ModelStore, progress: Progress
) -> Manifest:
    """Raises MlflowUnusable, and what its client raises."""
    source = client.get_model_version_download_uri(found.name, found.version)
    with tempfile.TemporaryDirectory() as folder:
        manifest = read_manifest(download(source, MANIFEST_FILE, Path(folder)), found)
    if manifest.backbone:
        fetch_backbone(client, manifest, store, progress)

    def write(folder: Path) -> Manifest:
        for name, sha256 in manifest.files.items():
            progress(f"Fetching {name} of {manifest.title} from MLflow")
            if file_hash(download(source, name, folder), "sha256") != sha256:
                raise MlflowUnusable(
                    f"{name} of {found.name}/{found.version} in MLflow is not the file of its "
                    "manifest: its hash is another. Nothing was kept."
                )
        return manifest

    return store.add(manifest.name, manifest.version, write)


def fetch_backbone(
    client: "MlflowClient", head: Manifest, store: ModelStore, progress: Progress
) -> None:
    """The network whose features a head reads, if the store does not have it intact."""
    name, version = head.backbone["name"], head.backbone["version"]
    try:
        if store.is_intact(store.get(name, version)):
            return
    except ModelNotPrepared:
        pass
    with refusals_named(f"MLflow did not give the backbone {name} {version}"):
        found = client.search_model_versions(f"tags.stored = '{name} {version}'")
        if not found:
            raise MlflowUnusable(
                f"{head.name} is a head on {name} {version}, which neither the model store nor "
                "MLflow has. Prepare that one first."
            )
        stored(client, found[0], store, progress)


def download(source: str, name: str, folder: Path) -> Path:
    from mlflow.artifacts import download_artifacts

    uri = settings.MLFLOW_TRACKING_URI
    return Path(download_artifacts(f"{source}/{name}", dst_path=str(folder), tracking_uri=uri))


def read_manifest(path: Path, found: "Registered") -> Manifest:
    """Raises MlflowUnusable unless it is one that can be stored here."""
    what = f"{found.name}/{found.version}"
    try:
        manifest = Manifest.read(path.parent)
        parts = [
            *(manifest.name, manifest.version, manifest.labels["sha256"]),
            *manifest.files.keys(),
            *manifest.backbone.values(),
        ]
        is_safe = all(SAFE_NAME.fullmatch(part) for part in parts)
        is_safe = is_safe and set(manifest.backbone) in (set(), {"name", "version"})
    except (ModelNotPrepared, AttributeError, KeyError, TypeError) as error:
        raise MlflowUnusable(f"{what} in MLflow has no manifest of this service.") from error
    if not is_safe or MANIFEST_FILE in manifest.files:
        raise MlflowUnusable(f"The manifest of {what} in MLflow has names that are not allowed.")
    if f"{manifest.name} {manifest.version}" != found.tags.get("stored"):
        raise MlflowUnusable(f"The manifest of {what} in MLflow is that of another version.")
    if not manifest.files:
        raise MlflowUnusable(
            f"{what} in MLflow is an ensemble, which has no files. Fetch its members."
        )
    if manifest.recipe not in RECIPES:
        raise MlflowUnusable(
            f"{what} in MLflow was prepared by another release of this service, which knows the "
            f"recipe {manifest.recipe}."
        )
    return manifest
