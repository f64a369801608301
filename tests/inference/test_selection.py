"""Which model "auto" selects."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from predictions.inference.errors import WrongWeights
from predictions.inference.selection import FALLBACK, choose
from predictions.inference.store import Manifest, ModelStore


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")  # nobody listens there


def listen(heard: list[str]):
    def progress(step: str, done: int | None = None, total: int | None = None) -> None:
        heard.append(step)

    return progress


def test_auto_falls_back_and_says_how_to_get_resnet50(tmp_path: Path) -> None:
    heard: list[str] = []
    manifest = choose("auto", ModelStore(tmp_path), progress=listen(heard))
    assert manifest.name == "efficientnet-lite0"
    assert FALLBACK in heard
    assert "RESNET50_WEIGHTS" in FALLBACK
    assert "python manage.py prepare_model resnet50" in FALLBACK


def test_auto_is_never_a_model_that_was_quantised_from_another(
    tmp_path: Path, lite: Manifest
) -> None:
    store = ModelStore(tmp_path)
    resnet50 = replace(lite, name="resnet50", version="1", files={})
    later = {"version": "1-8", "quantised": {"from": "1"}, "prepared_at": "2999-01-01"}
    for manifest in (resnet50, replace(resnet50, **later)):
        store.add_made("resnet50", lambda _folder, manifest=manifest: manifest)
    assert choose("auto", store) == resnet50


def test_auto_keeps_its_fallback_without_using_the_network(
    store: ModelStore, lite: Manifest
) -> None:
    heard: list[str] = []
    assert choose("auto", store, progress=listen(heard)) == lite
    assert heard == [FALLBACK]


def test_auto_takes_a_prepared_resnet50_without_using_the_network(
    resnet_store: ModelStore, store: ModelStore, lite: Manifest, tmp_path: Path
) -> None:
    both = ModelStore(tmp_path)
    shutil.copytree(resnet_store.root / "resnet50", tmp_path / "resnet50")
    shutil.copytree(store.path(lite.name, lite.version), both.path(lite.name, lite.version))
    heard: list[str] = []
    assert choose("auto", both, progress=listen(heard)).name == "resnet50"
    assert heard == []


def test_auto_takes_the_given_weights(resnet_store: ModelStore, resnet_weights: Path) -> None:
    assert choose("auto", resnet_store, weights_file=resnet_weights).name == "resnet50"


def test_auto_does_not_fall_back_when_the_given_weights_are_wrong(tmp_path: Path) -> None:
    with pytest.raises(WrongWeights, match="does not exist"):
        choose("auto", ModelStore(tmp_path), weights_file=tmp_path / "nowhere.h5")


def test_a_model_requested_by_name_ignores_the_weights_of_another(
    store: ModelStore, lite: Manifest, resnet_weights: Path
) -> None:
    # The weights are ResNet50's and no business of another model.
    assert choose("efficientnet-lite0", store, weights_file=resnet_weights) == lite
