"""A prepared model is stored completely or not at all."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from predictions.inference.errors import ModelNotPrepared, UnknownModel
from predictions.inference.labels import LABEL_FILE
from predictions.inference.store import Manifest, ModelStore
from predictions.inference.weights import file_hash

LITE = "efficientnet-lite0"


class Recorder:
    """A `Progress` that keeps the steps and, at a step that is named, does something."""

    def __init__(self, at: str = "", do: BaseException | None = None) -> None:
        self.steps: list[str] = []
        self.at, self.do = at, do

    def __call__(self, step: str, done: int | None = None, total: int | None = None) -> None:
        self.steps.append(step)
        if self.do is not None and step.startswith(self.at):
            raise self.do


@pytest.fixture
def own_store(store: ModelStore, lite: Manifest, tmp_path: Path) -> ModelStore:
    """A copy of the session's store, to be damaged."""
    copy = ModelStore(tmp_path / "models")
    shutil.copytree(store.path(LITE, lite.version), copy.path(LITE, lite.version))
    return copy


def entries(store: ModelStore) -> list[str]:
    return sorted(path.name for path in (store.root / LITE).iterdir())


def test_the_manifest_describes_the_files_of_the_model(store: ModelStore, lite: Manifest) -> None:
    folder = store.path(LITE, "57934424.5")
    assert lite.version == "57934424.5"
    assert lite.weights_sha256.startswith("57934424")
    assert {path.name for path in folder.iterdir()} == {*lite.files, "manifest.json"}
    assert lite.files == {name: file_hash(folder / name, "sha256") for name in lite.files}
    assert lite.labels == {"name": "imagenet-1k", "sha256": file_hash(LABEL_FILE, "sha256")}
    assert (lite.classes, lite.feature_size, lite.input_size) == (1000, 1280, 224)
    assert 0 < lite.parity <= 1e-4
    assert lite.licence == "Apache-2.0"
    assert store.get(LITE, "57934424.5") == lite == store.versions(LITE)[0]
    assert json.loads((folder / "manifest.json").read_text())["parity"] == lite.parity


def test_a_second_preparation_changes_nothing(store: ModelStore, lite: Manifest) -> None:
    folder = store.path(LITE, lite.version)
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    steps = Recorder()
    assert store.prepare(LITE, progress=steps) == lite
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before
    assert steps.steps == []


@pytest.mark.parametrize("name", ["model.bin", "manifest.json"])
def test_a_damaged_model_is_prepared_again(
    own_store: ModelStore, lite: Manifest, name: str
) -> None:
    file = own_store.path(LITE, lite.version) / name
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    file.write_bytes(content)
    manifest = own_store.prepare(LITE)
    assert manifest.version == lite.version
    assert own_store.is_intact(own_store.get(LITE, lite.version))
    assert file.read_bytes() != content
    assert entries(own_store) == [".lock", lite.version]


@pytest.mark.parametrize(
    ("step", "interruption"), [("Converting", KeyboardInterrupt()), ("Comparing", SystemExit(143))]
)
def test_an_interrupted_preparation_leaves_nothing_behind(
    tmp_path: Path, step: str, interruption: BaseException
) -> None:
    store = ModelStore(tmp_path)
    with pytest.raises(type(interruption)):
        store.prepare(LITE, progress=Recorder(step, interruption))
    assert entries(store) == [".lock"]
    assert store.versions(LITE) == []


def test_the_remains_of_a_killed_preparation_are_removed(tmp_path: Path, lite: Manifest) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path;"
        "from predictions.inference.store import ModelStore;"
        "step = lambda s, *_: s.startswith('Comparing') and os.kill(os.getpid(), signal.SIGKILL);"
        f"ModelStore(Path(sys.argv[1])).prepare('{LITE}', progress=step)"
    )
    killed = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True)
    assert killed.returncode == -signal.SIGKILL
    store = ModelStore(tmp_path)
    assert any(name.startswith(".preparing-") for name in entries(store))
    assert store.versions(LITE) == []
    store.prepare(LITE)
    assert entries(store) == [".lock", lite.version]


def test_the_second_of_two_preparations_waits_and_takes_the_result_of_the_first(
    tmp_path: Path,
) -> None:
    store = ModelStore(tmp_path)
    building, first, second = threading.Event(), [], []

    def say(step: str, done: int | None = None, total: int | None = None) -> None:
        building.set()

    thread = threading.Thread(target=lambda: first.append(store.prepare(LITE, progress=say)))
    thread.start()
    building.wait()
    steps = Recorder()
    second.append(store.prepare(LITE, progress=steps))
    thread.join()
    assert steps.steps == [f"Waiting for another process that prepares {LITE}"]
    assert first == second


def test_a_model_is_readable_by_the_web_process(store: ModelStore, lite: Manifest) -> None:
    for path in (store.path(LITE, lite.version), *store.path(LITE, lite.version).iterdir()):
        assert os.stat(path).st_mode & 0o044 == 0o044


def test_the_error_for_an_unprepared_model_says_how_to_prepare_it(own_store: ModelStore) -> None:
    with pytest.raises(ModelNotPrepared, match="prepare_model"):
        own_store.get(LITE, "00000000")
    assert own_store.versions("resnet50") == []


def test_a_version_with_an_unreadable_manifest_is_not_listed(
    own_store: ModelStore, lite: Manifest
) -> None:
    manifest = own_store.path(LITE, lite.version) / "manifest.json"
    for content in ("{", "[]", "{}", '{"name": "x"}', "null"):
        manifest.write_text(content)
        assert own_store.versions(LITE) == []


def test_the_error_for_an_unknown_model_lists_the_known_names(tmp_path: Path) -> None:
    with pytest.raises(UnknownModel, match="resnet50, resnet50-crop, efficientnet-lite0"):
        ModelStore(tmp_path).prepare("vgg16")
    assert list(tmp_path.iterdir()) == []
