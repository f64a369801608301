"""From photographs to a head that tells classes of waste apart, with the bundled model."""

from pathlib import Path

import numpy as np

from learning.training.learn import learn
from learning.training.samples import Samples
from learning.training.views import views_of
from predictions.inference.engines import Engine, load_engine
from predictions.inference.pictures import open_image
from predictions.inference.store import ModelStore

IMAGES = Path(__file__).parents[2] / "images"


def test_waste_is_told_apart_and_a_cat_is_none_of_it(prepared_models: Path) -> None:
    store = ModelStore(prepared_models)
    [manifest] = store.versions("efficientnet-lite0")
    engine = load_engine("openvino", store.path(manifest.name, manifest.version))
    classes = sorted(path for path in (IMAGES / "waste").iterdir() if path.is_dir())
    files = [(file, c) for c, path in enumerate(classes) for file in sorted(path.glob("*.jpg"))]
    features = np.stack([_features(file, engine) for file, _class in files])
    learned = learn(Samples(features, np.array([c for _file, c in files])))
    figures = learned.figures
    assert figures.of == 36 and figures.among_classes is not None
    assert figures.among_classes > 0.6 > figures.baseline
    for name in ("chelsea.png", "coffee.png", "rocket.jpg"):
        said = learned.head.probabilities(_features(IMAGES / name, engine)[:1])
        assert said.argmax() == len(classes), name


def _features(file: Path, engine: Engine) -> np.ndarray:
    return engine.predict(views_of(open_image(file.read_bytes()), engine.recipe))[1]
