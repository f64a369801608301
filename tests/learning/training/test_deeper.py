"""A network's last stage learns a dozen pictures, which are parts of three photographs."""

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from learning.training import deeper
from learning.training.canvases import as_answered, canvas_of, varied
from learning.training.deeper import Tuned, fine_tune
from predictions.inference.engines import load_engine
from predictions.inference.label_files import read_labels
from predictions.inference.labels import Label
from predictions.inference.pictures import open_image
from predictions.inference.preprocessing import RECIPES, preprocess
from predictions.inference.store import Manifest, ModelStore

IMAGES = Path(__file__).parents[2] / "images"
NAMES = ("chelsea.png", "coffee.png", "rocket.jpg")
LABELS = (
    Label(0, "cat", "Cat"),
    Label(1, "cup", "Cup"),
    Label(2, "rocket", "Rocket"),
    Label(3, "none-of-these", "None of these"),
)
RECIPE = RECIPES["crop-bicubic-srgb-unit"]
OF_EACH = 4
WRONG = 0  # the place of a cat that is said to be a cup


def parts_of(name: str) -> list[np.ndarray]:
    image = open_image((IMAGES / name).read_bytes())
    width, height = image.size
    shifts = [(x, y) for x in (0, width // 8) for y in (0, height // 8)]
    boxes = [(x, y, x + width * 7 // 8, y + height * 7 // 8) for x, y in shifts]
    return [canvas_of(image.crop(box), RECIPE) for box in boxes]


@pytest.fixture(scope="module")
def pixels() -> np.ndarray:
    return np.stack([part for name in NAMES for part in parts_of(name)])


@pytest.fixture(scope="module")
def classes() -> np.ndarray:
    truth = np.repeat(np.arange(3), OF_EACH)
    truth[WRONG] = 1
    return np.append(truth, 0)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, prepared_models: Path) -> ModelStore:
    folder = tmp_path_factory.mktemp("store") / "models"
    return ModelStore(shutil.copytree(prepared_models, folder))


@pytest.fixture(scope="module")
def backbone(store: ModelStore) -> Manifest:
    return store.prepare("efficientnet-lite0")


@pytest.fixture(scope="module")
def tune(
    store: ModelStore, backbone: Manifest, pixels: np.ndarray, classes: np.ndarray
) -> Callable[..., Tuned]:
    # A fifth cat, so that four of them are right.
    canvases = np.concatenate([pixels, pixels[1:2, :, ::-1]])
    with pytest.MonkeyPatch.context() as few:
        few.setattr(deeper, "EPOCHS", 2)
        few.setattr(deeper, "VARIATIONS", 1)
        yield partial(
            fine_tune, backbone, store, canvases, classes, LABELS, name="own", title="Own"
        )


@pytest.fixture(scope="module")
def tuned(tune: Callable[..., Tuned]) -> Tuned:
    return tune(training={"data_set": "abc"})


def test_a_tuned_network_is_stored_and_answers_with_its_own_classes(
    tuned: Tuned, store: ModelStore, pixels: np.ndarray
) -> None:
    folder = store.path("own", tuned.manifest.version)
    assert store.is_intact(store.get("own", tuned.manifest.version))
    assert read_labels(folder) == LABELS
    seen = np.stack([as_answered(canvas, RECIPE) for canvas in pixels])
    probabilities, features = load_engine("openvino", folder).predict(seen)
    assert probabilities.argmax(axis=1)[1:].tolist() == [0] * 3 + [1] * 4 + [2] * 4
    assert probabilities[:, 3].max() < 1e-3  # it has seen none of these
    assert features.shape == (12, 1280)


def test_the_manifest_of_a_tuned_network_says_how_it_was_learnt(
    tuned: Tuned, backbone: Manifest
) -> None:
    manifest = tuned.manifest
    assert manifest.classes == 4 and manifest.backbone == {}
    assert manifest.recipe == backbone.recipe
    assert manifest.source == f"tuned from efficientnet-lite0 {backbone.version}"
    assert manifest.parity < 1e-4
    assert manifest.training["data_set"] == "abc"
    assert manifest.training["figures"] == {"right": 12, "of": 13}
    assert manifest.training["parameters"] == tuned.parameters
    assert not tuned.parameters["shortened"]


def test_only_the_last_stage_learns_without_the_statistics_of_its_batch_norm(
    tuned: Tuned, store: ModelStore, backbone: Manifest
) -> None:
    import keras

    before, after = (
        keras.saving.load_model(store.path(*key) / "reference.keras", compile=False)
        for key in ((backbone.name, backbone.version), ("own", tuned.manifest.version))
    )
    changed = set()
    for layer in before.layers:
        if layer.weights and layer.name != "fc":
            pairs = zip(layer.get_weights(), after.get_layer(layer.name).get_weights(), strict=True)
            if not all(np.allclose(a, b, atol=1e-7) for a, b in pairs):
                changed.add(layer.name)
    assert {"blocks.11.expand_conv", "blocks.15.project_conv", "conv_head"} <= changed
    assert all(name.startswith(("blocks.11", "blocks.12", "blocks.13", "blocks.14", "blocks.15",
                                "conv_head")) for name in changed)  # fmt: skip
    assert not any(".bn" in name for name in changed)


def test_what_is_said_of_a_picture_comes_from_a_network_that_has_not_seen_it(
    tuned: Tuned, classes: np.ndarray
) -> None:
    """One that had learned that this cat is a cup would say so."""
    assert tuned.probabilities[WRONG].argmax() == 0
    others = np.delete(np.arange(13), WRONG)
    assert (tuned.probabilities.argmax(axis=1) == classes)[others].all()
    assert tuned.features.shape == (13, 2, 1280)


def test_no_step_is_taken_when_time_is_up_and_cancelling_stores_nothing(
    tune: Callable[..., Tuned], store: ModelStore
) -> None:
    class Cancelled(Exception):
        pass

    tuning = []

    def cancel(step: str, done: int | None = None, total: int | None = None) -> None:
        if step == "Tuning the network":
            tuning.append(done)
        if step == "Converting to OpenVINO":
            raise Cancelled

    with pytest.raises(Cancelled):
        tune(name="hasty", seconds=0, progress=cancel)
    assert tuning == [0, 100, 200, 300]  # a beginning of each network, and no more
    assert [path.name for path in (store.root / "hasty").iterdir()] == [".lock"]


def test_a_class_with_too_few_pictures_to_hold_some_out_is_refused(tmp_path: Path) -> None:
    nothing = np.zeros((7, 256, 256, 3), np.uint8)
    classes = np.array([0, 0, 0, 0, 1, 1, 1])
    with pytest.raises(ValueError, match="4 pictures of each class; Cup has 3"):
        fine_tune(
            None, ModelStore(tmp_path), nothing, classes, LABELS, name="few", title="Few"
        )  # fmt: skip


def test_pictures_of_a_group_are_held_out_together() -> None:
    classes = np.repeat([0, 1], 12)
    groups = np.arange(24) // 3
    folds = deeper._folds(classes, groups, np.random.default_rng(0))
    assert [len(set(folds[groups == group])) for group in range(8)] == [1] * 8
    assert sorted(folds[:12:3]) == sorted(folds[12::3]) == [0, 1, 2, 3]


def test_the_middle_of_a_canvas_is_what_answers_see() -> None:
    image = open_image((IMAGES / "chelsea.png").read_bytes())
    for recipe in (RECIPE, RECIPES["squash-nearest-caffe"]):
        canvas = canvas_of(image, recipe)
        assert np.array_equal(as_answered(canvas, recipe), preprocess(image, recipe))
        generator = np.random.default_rng(0)
        first, second = (varied(canvas, recipe, generator) for _ in range(2))
        assert first.shape == second.shape == (224, 224, 3)
        assert not np.array_equal(first, second)
