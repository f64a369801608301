"""Exported versions, each made once: what is in them depends on no row."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from learning.exporting.package import write_package
from predictions.classifiers import Classifier, ModelVersion
from tests.predictions.heads import add_colours

Change = Callable[[dict[str, bytes]], Any]


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Callable[[ModelVersion], Path]:
    folder = tmp_path_factory.mktemp("packages")

    def packed(version: ModelVersion) -> Path:
        path = folder / f"{version.name}-{version.version}.zip"
        if not path.exists():
            write_package(version, path)
        return path

    return packed


@pytest.fixture
def colours(model: ModelVersion) -> ModelVersion:
    """A head with two classes on the bundled network."""
    return add_colours(model)


@pytest.fixture
def head_package(colours: ModelVersion, packages: Any) -> Path:
    return packages(colours)


@pytest.fixture
def network_package(model: ModelVersion, packages: Any) -> Path:
    return packages(model)


@pytest.fixture
def target(db: None) -> Classifier:
    return Classifier.objects.create(name="mine", title="Mine")


def files_of(package: Path) -> dict[str, bytes]:
    with ZipFile(package) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(files: dict[str, bytes]) -> io.BytesIO:
    file = io.BytesIO()
    with ZipFile(file, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file


def changed(package: Path, change: Change) -> io.BytesIO:
    """The package after a change of its files, whose hashes the manifest then has."""
    files = files_of(package)
    change(files)
    return with_hashes(files)


def with_hashes(files: dict[str, bytes]) -> io.BytesIO:
    from hashlib import sha256

    manifest = json.loads(files["manifest.json"])
    manifest["files"] = {
        name: sha256(content).hexdigest()
        for name, content in files.items()
        if name in manifest["files"]
    }
    files["manifest.json"] = json.dumps(manifest).encode()
    return packed(files)
