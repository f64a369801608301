"""Real models: the bundled one, and a ResNet50 with random weights."""

import shutil
from pathlib import Path

import pytest

from predictions.inference.engines import Engine, load_engine
from predictions.inference.store import Manifest, ModelStore
from tests.conftest import PROJECT
from tests.kept import kept

WEIGHTS = "trained-here.weights.h5"
IMAGES = Path(__file__).parent.parent / "images"


@pytest.fixture(scope="session")
def images() -> Path:
    return IMAGES


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory, prepared_models: Path) -> ModelStore:
    """A store that holds EfficientNet-Lite0."""
    return ModelStore(shutil.copytree(prepared_models, tmp_path_factory.mktemp("store") / "models"))


@pytest.fixture(scope="session")
def lite(store: ModelStore) -> Manifest:
    return store.prepare("efficientnet-lite0")


@pytest.fixture(scope="session")
def engines(store: ModelStore, lite: Manifest) -> dict[str, Engine]:
    folder = store.path(lite.name, lite.version)
    return {kind: load_engine(kind, folder) for kind in ("openvino", "tensorflow")}


@pytest.fixture(scope="session")
def resnet() -> Path:
    """A folder with the weights and the store of the next two."""
    made_by = [*(PROJECT / "predictions/inference").rglob("*.py"), PROJECT / "requirements.txt"]

    def make(folder: Path) -> None:
        import keras

        keras.utils.set_random_seed(50)
        weights = folder / WEIGHTS
        keras.applications.ResNet50(weights=None).save_weights(weights)
        ModelStore(folder / "models").prepare("resnet50", weights_file=weights)

    return kept("resnet50", made_by, make)


@pytest.fixture(scope="session")
def resnet_weights(resnet: Path) -> Path:
    """Random weights of a ResNet50, as somebody who trained their own would save them."""
    return resnet / WEIGHTS


@pytest.fixture(scope="session")
def resnet_store(resnet: Path) -> ModelStore:
    """A store of its own: "auto" would take a random ResNet50 from a store that others share."""
    return ModelStore(resnet / "models")
