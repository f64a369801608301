"""What is exported answers as the service does."""

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import onnx
import onnxruntime
import openvino
import pytest

from predictions.classifiers import ModelVersion
from predictions.inference.pictures import open_image
from predictions.inference.preprocessing import normalise
from predictions.inference.store import Manifest
from predictions.registry.engines import engine_of
from predictions.registry.label_sets import labels_of
from predictions.registry.networks import Network
from predictions.registry.predictors import Output, answering
from predictions.registry.versions import add_version
from tests.conftest import PROJECT

PHOTOGRAPHS = ["chelsea.png", "coffee.png", "rocket.jpg"]


def said_by_the_service(version: ModelVersion) -> tuple[np.ndarray, Output]:
    """What the model reads of the photographs, and what the service answers."""
    network = Network.of(version)
    engine = engine_of(network)
    contents = [(PROJECT / "tests/images" / name).read_bytes() for name in PHOTOGRAPHS]
    pixels = np.stack([engine.preprocess(open_image(content)) for content in contents])
    output = Output(*engine.predict(pixels))
    probabilities = answering(version.pk).predictor.probabilities({network: output})
    return normalise(pixels, engine.recipe), Output(probabilities, output.features)


@pytest.fixture
def larger(lite2: Manifest) -> ModelVersion:
    return add_version(lite2, "f32")


@pytest.fixture(params=["colours", "model", "larger"], ids=["head", "network", "larger network"])
def version(request: pytest.FixtureRequest) -> ModelVersion:
    return request.getfixturevalue(request.param)


@pytest.fixture
def folder(version: ModelVersion, packages, tmp_path: Path) -> Path:
    with ZipFile(packages(version)) as archive:
        archive.extractall(tmp_path)
    return tmp_path


def test_both_formats_answer_as_the_service_to_four_places(version, folder):
    batch, expected = said_by_the_service(version)
    session = onnxruntime.InferenceSession(folder / "model.onnx")
    by_onnx = session.run(["probabilities", "features"], {"pictures": batch})
    compiled = openvino.compile_model(
        folder / "model.xml", "CPU", {"INFERENCE_PRECISION_HINT": "f32"}
    )
    answer = compiled(batch)
    for said in (by_onnx, [answer["probabilities"], answer["features"]]):
        np.testing.assert_allclose(said[0], expected.probabilities, atol=1e-4)
        np.testing.assert_allclose(said[1], expected.features, atol=1e-4)
    onnx.checker.check_model(onnx.load(folder / "model.onnx"), full_check=True)


@pytest.mark.parametrize(
    ("library", "without", "photograph"),
    [
        ("onnxruntime", "openvino", "chelsea.png"),
        ("onnxruntime", "openvino", "rocket.jpg"),
        ("openvino", "onnxruntime", "coffee.png"),
    ],
)
def test_the_script_gives_a_photograph_the_class_that_the_service_does(
    model, packages, tmp_path, library, without, photograph
):
    with ZipFile(packages(model)) as archive:
        archive.extractall(tmp_path)
    only = f"import runpy, sys; sys.modules[{without!r}] = None; sys.argv = sys.argv[1:];"
    done = subprocess.run(
        [
            *(sys.executable, "-c", f"{only} runpy.run_path(sys.argv[0], run_name='__main__')"),
            *(tmp_path / "classify.py", PROJECT / "tests/images" / photograph),
        ],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    score, name = done.stdout.splitlines()[0].split(maxsplit=1)
    scores = said_by_the_service(model)[1].probabilities[PHOTOGRAPHS.index(photograph)]
    assert name == labels_of(model.label_set_id)[int(scores.argmax())].name
    assert float(score) == pytest.approx(scores.max(), abs=0.05)
