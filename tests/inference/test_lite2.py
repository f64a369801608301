"""EfficientNet-Lite2 classifies larger pictures, and its features include those of its middle."""

from pathlib import Path

import numpy as np
import pytest

from predictions.inference.engines import Engine, load_engine
from predictions.inference.engines.tensorflow import REFERENCE_FILE
from predictions.inference.labels import labels
from predictions.inference.pictures import open_image
from predictions.inference.preprocessing import normalise
from predictions.inference.ranking import top_k
from predictions.inference.store import Manifest, ModelStore


@pytest.fixture(scope="module")
def lite2(larger_network: Path) -> Manifest:
    [manifest] = ModelStore(larger_network).versions("efficientnet-lite2")
    return manifest


@pytest.fixture(scope="module")
def folder(larger_network: Path, lite2: Manifest) -> Path:
    return ModelStore(larger_network).path(lite2.name, lite2.version)


@pytest.fixture(scope="module")
def engine(folder: Path) -> Engine:
    return load_engine("openvino", folder)


@pytest.mark.parametrize(
    ("photograph", "name"), [("chelsea.png", "Egyptian_cat"), ("coffee.png", "espresso")]
)
def test_it_classifies_a_photograph(engine: Engine, images: Path, photograph: str, name: str):
    seen = engine.preprocess(open_image((images / photograph).read_bytes()))
    assert seen.shape == (320, 320, 3)
    probabilities, _features = engine.predict(seen[np.newaxis])
    best = top_k(probabilities[0], labels())[0]
    assert best.label.name == name and best.score > 0.4


def test_its_features_end_with_a_quarter_of_the_mean_of_its_middle(
    engine: Engine, folder: Path, lite2: Manifest, images: Path
):
    import keras

    network = keras.saving.load_model(folder / REFERENCE_FILE, compile=False)
    layers = [network.get_layer(name).output for name in ("blocks.10.add", "avg_pool")]
    seen = engine.preprocess(open_image((images / "chelsea.png").read_bytes()))[np.newaxis]
    middle, pooled = keras.Model(network.input, layers)(normalise(seen, engine.recipe))
    _probabilities, features = engine.predict(seen)
    assert features.shape == (1, lite2.feature_size) == (1, 1280 + 88)
    np.testing.assert_allclose(features[:, :1280], pooled, atol=1e-4)
    np.testing.assert_allclose(features[:, 1280:], np.mean(middle, axis=(1, 2)) / 4, atol=1e-4)
