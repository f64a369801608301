"""A model quantised to int8 is another one in the store, and is refused if it answers worse."""

import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from predictions.inference.engines import load_engine, openvino
from predictions.inference.errors import ModelNotPrepared, PrecisionRefused
from predictions.inference.pictures import open_image
from predictions.inference.precisions import Comparison, Pictures, fall
from predictions.inference.preprocessing import RECIPES, preprocess
from predictions.inference.progress import silent
from predictions.inference.store import Manifest, ModelStore
from predictions.inference.weights import file_hash

pytestmark = pytest.mark.skipif(
    "int8" not in openvino.native_precisions(), reason="this processor has no int8"
)


@pytest.fixture(scope="module")
def photographs(lite: Manifest, images: Path) -> np.ndarray:
    """Three that the model is sure of, each as four views, and ten that it is not sure of."""
    files = [images / name for name in ("chelsea.png", "coffee.png", "rocket.jpg")]
    files += sorted((images / "waste").rglob("*.jpg"))[:10]
    recipe = RECIPES[lite.recipe]
    once = np.stack([preprocess(open_image(file.read_bytes()), recipe) for file in files])
    sure = once[:3]
    mirrored = sure[:, :, ::-1]
    return np.concatenate([once, mirrored, sure // 2 + 60, mirrored // 2 + 60])


@pytest.fixture(scope="module")
def own_store(
    store: ModelStore, lite: Manifest, tmp_path_factory: pytest.TempPathFactory
) -> ModelStore:
    own = ModelStore(tmp_path_factory.mktemp("int8") / "models")
    shutil.copytree(store.path(lite.name, lite.version), own.path(lite.name, lite.version))
    return own


@pytest.fixture(scope="module")
def quantised(own_store: ModelStore, lite: Manifest, photographs: np.ndarray) -> Manifest:
    unknown = np.full(len(photographs), -1)
    pictures = Pictures(photographs, photographs, unknown, "folder")
    comparison = Comparison(lite, own_store, pictures)
    comparison.measure("bf16", comparison.folder, silent)
    return comparison.quantised(0, silent)


def test_an_int8_model_is_a_version_of_its_own(
    own_store: ModelStore, lite: Manifest, quantised: Manifest
) -> None:
    folder = own_store.path(quantised.name, quantised.version)
    weights = file_hash(folder / "model.bin", "sha256")
    assert quantised.version == f"{lite.version}-{weights[:8]}"
    assert (quantised.precision, quantised.weights_sha256) == ("int8", weights)
    assert quantised.quantised["from"] == lite.version
    assert own_store.get(lite.name, quantised.version) == quantised
    assert own_store.is_intact(quantised)
    assert own_store.get(lite.name, lite.version) == lite  # as it was
    assert own_store.prepare(lite.name) == lite  # the newest is not taken for it
    assert (folder / "model.bin").stat().st_size * 3 < (
        own_store.path(lite.name, lite.version) / "model.bin"
    ).stat().st_size


def test_the_manifest_says_how_precisions_compare(
    quantised: Manifest, photographs: np.ndarray
) -> None:
    said = quantised.precisions
    assert (said["source"], said["pictures"]) == ("folder", len(photographs))
    for precision in ("bf16", "int8"):
        assert 0.5 < said["agreement"][precision] <= 1
        assert said["top_1_fall"][precision] <= 0.01
    assert set(said["images_per_second"]) == {"f32", "bf16", "int8"}


def test_an_int8_model_answers_as_f32_where_f32_is_sure(
    own_store: ModelStore, lite: Manifest, quantised: Manifest, photographs: np.ndarray
) -> None:
    f32, _features = load_engine("openvino", own_store.path(lite.name, lite.version)).predict(
        photographs
    )
    engine = load_engine("openvino", own_store.path(lite.name, quantised.version), precision="int8")
    int8, features = engine.predict(photographs)
    sure = f32.max(axis=1) > 0.6
    assert sure.sum() >= 2
    assert (f32.argmax(axis=1) == int8.argmax(axis=1))[sure].all()
    assert features.shape == (len(photographs), lite.feature_size)


def test_a_model_that_answers_worse_is_refused_and_not_kept(
    own_store: ModelStore, lite: Manifest, photographs: np.ndarray
) -> None:
    before = own_store.versions(lite.name)
    black = np.zeros((2, *photographs.shape[1:]), np.uint8)
    unknown = np.full(len(photographs), -1)
    comparison = Comparison(lite, own_store, Pictures(black, photographs, unknown, "folder"))
    with pytest.raises(PrecisionRefused, match=r"top-1 falls by \d+\.\d points against f32"):
        comparison.quantised(0, silent)
    assert own_store.versions(lite.name) == before
    assert not [path for path in (own_store.root / lite.name).iterdir() if "prepar" in path.name]


def test_top_1_falls_by_what_labels_say_where_there_are_labels() -> None:
    f32 = np.array([[0.6, 0.4], [0.6, 0.4], [0.6, 0.4], [0.9, 0.1]], np.float32)
    other = np.array([[0.4, 0.6], [0.4, 0.6], [0.6, 0.4], [0.9, 0.1]], np.float32)
    assert fall(f32, other, np.array([0, 0, 0, 0])) == 0.5
    assert fall(f32, other, np.array([1, 1, 0, 0])) == -0.5
    assert fall(f32, other, np.array([0, 1, 0, 0])) == 0


def test_without_labels_an_answer_counts_as_much_as_f32_finds_it_likely() -> None:
    f32 = np.array([[0.51, 0.49], [0.9, 0.1]], np.float32)
    unknown = np.array([-1, -1])
    assert fall(f32, f32, unknown) == 0
    assert fall(f32, np.array([[0.4, 0.6], [0.9, 0.1]]), unknown) == pytest.approx(0.01)
    assert fall(f32, np.array([[0.6, 0.4], [0.2, 0.8]]), unknown) == pytest.approx(0.4)


def test_a_model_is_not_loaded_in_a_precision_it_is_not_stored_in(
    own_store: ModelStore, lite: Manifest, quantised: Manifest
) -> None:
    with pytest.raises(ModelNotPrepared, match="stored in f32 and cannot compute in int8"):
        load_engine("openvino", own_store.path(lite.name, lite.version), precision="int8")
    with pytest.raises(ModelNotPrepared, match="stored in int8 and cannot compute in f32"):
        load_engine("openvino", own_store.path(lite.name, quantised.version))


@pytest.fixture
def old_processor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """One without VNNI and bf16."""
    information = tmp_path / "cpuinfo"
    information.write_text("processor\t: 0\nflags\t\t: fpu avx2 avx512f\n")
    monkeypatch.setattr(openvino, "CPU_INFO", information)
    monkeypatch.setattr(openvino, "BF16", "NOT THERE")
    openvino.native_precisions.cache_clear()
    yield
    openvino.native_precisions.cache_clear()


def test_int8_is_refused_on_a_processor_that_would_overflow(
    own_store: ModelStore, quantised: Manifest, old_processor: None
) -> None:
    folder = own_store.path(quantised.name, quantised.version)
    with pytest.raises(ModelNotPrepared, match="lacks the instructions"):
        load_engine("openvino", folder, precision="int8")


def test_bf16_is_not_asked_of_a_processor_without_it(
    own_store: ModelStore,
    lite: Manifest,
    photographs: np.ndarray,
    old_processor: None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    folder = own_store.path(lite.name, lite.version)
    with caplog.at_level(logging.WARNING):
        engine = load_engine("openvino", folder, precision="bf16")
    assert "This processor has no bf16: the model in" in caplog.text
    f32 = load_engine("openvino", folder)
    assert np.array_equal(engine.predict(photographs[:2])[0], f32.predict(photographs[:2])[0])
