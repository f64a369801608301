"""OpenVINO, which serves, gives the same results as TensorFlow, which is the reference."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import psutil
import pytest

from foundation.memory import give_back
from predictions.inference.engines import Engine, load_engine
from predictions.inference.errors import ModelNotPrepared
from predictions.inference.pictures import open_image
from predictions.inference.preprocessing import RECIPES
from predictions.inference.store import Manifest, ModelStore
from tests.conftest import PROJECT


@pytest.fixture(scope="module")
def photographs(engines: dict[str, Engine], images: Path) -> np.ndarray:
    """Seven pictures, so that a batch does not fill OpenVINO's slices evenly."""
    names = ("chelsea.png", "coffee.png", "rocket.jpg")
    once = [engines["openvino"].preprocess(open_image((images / n).read_bytes())) for n in names]
    return np.stack([*once, *(picture[:, ::-1] for picture in once), once[0][::-1]])


def assert_agree(first: Engine, second: Engine, batch: np.ndarray) -> None:
    for a, b in zip(first.predict(batch), second.predict(batch), strict=True):
        assert np.abs(a - b).max() <= 1e-4 * max(1.0, np.abs(b).max())


def test_engines_agree_on_photographs(engines: dict[str, Engine], photographs: np.ndarray) -> None:
    assert_agree(engines["openvino"], engines["tensorflow"], photographs)


def test_engines_agree_on_custom_resnet50_weights(resnet_store: ModelStore) -> None:
    from predictions.inference.export import fixed_batch  # needs TensorFlow

    (manifest,) = resnet_store.versions("resnet50")
    folder = resnet_store.path(manifest.name, manifest.version)
    batch = fixed_batch(RECIPES[manifest.recipe])
    openvino, tensorflow = (load_engine(kind, folder) for kind in ("openvino", "tensorflow"))
    assert_agree(openvino, tensorflow, batch)
    assert openvino.predict(batch)[1].shape == (4, 2048)


@pytest.mark.parametrize("kind", ["openvino", "tensorflow"])
def test_a_batch_gives_the_same_results_as_its_pictures_one_by_one(
    engines: dict[str, Engine], photographs: np.ndarray, kind: str
) -> None:
    probabilities, features = engines[kind].predict(photographs)
    assert probabilities.shape == (7, 1000)
    assert features.shape == (7, 1280)
    assert probabilities.dtype == features.dtype == np.float32
    for i, picture in enumerate(photographs):
        alone, pooled = engines[kind].predict(picture[np.newaxis])
        np.testing.assert_allclose(alone[0], probabilities[i], atol=1e-4)
        np.testing.assert_allclose(pooled[0], features[i], atol=1e-4 * np.abs(features).max())


@pytest.mark.parametrize("kind", ["openvino", "tensorflow"])
def test_the_result_of_a_run_is_not_overwritten_by_the_next_run(
    engines: dict[str, Engine], photographs: np.ndarray, kind: str
) -> None:
    first, pooled = engines[kind].predict(photographs[:1])
    copies = first.copy(), pooled.copy()
    engines[kind].predict(photographs[1:2])
    np.testing.assert_array_equal(first, copies[0])
    np.testing.assert_array_equal(pooled, copies[1])


def test_openvino_frees_megabytes_between_two_runs_and_answers_as_before(
    engines: dict[str, Engine], photographs: np.ndarray
) -> None:
    before = engines["openvino"].predict(photographs)
    held = psutil.Process().memory_info().rss
    engines["openvino"].release_memory()
    give_back()
    assert held - psutil.Process().memory_info().rss > 10_000_000
    after = engines["openvino"].predict(photographs)
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


def test_openvino_with_one_thread_agrees_with_tensorflow(
    store: ModelStore, lite: Manifest, engines: dict[str, Engine], photographs: np.ndarray
) -> None:
    one = load_engine("openvino", store.path(lite.name, lite.version), threads=1)
    assert_agree(one, engines["tensorflow"], photographs[:2])


# The cores that each thread of a process may use while an engine computes in it.
BOUND = """
import os, sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Event
import numpy as np
from predictions.inference.engines import load_engine
engine = load_engine("openvino", Path(sys.argv[1]), threads=1)
done, bound = Event(), set()
def look():
    while not done.is_set():
        for thread in Path("/proc/self/task").iterdir():
            with suppress(ProcessLookupError):
                bound.add(frozenset(os.sched_getaffinity(int(thread.name))))
with ThreadPoolExecutor() as pool:
    looking = pool.submit(look)
    for _ in range(20):
        engine.predict(np.zeros((1, 224, 224, 3), np.uint8))
    done.set()
    looking.result()
print(sorted(map(sorted, bound)))
"""


def test_openvino_threads_are_not_pinned_to_cores(store: ModelStore, lite: Manifest) -> None:
    """Bound to the first ones, two workers with a core each would share one.

    In a process of its own: threads of other tests' libraries are bound perhaps.
    """
    done = subprocess.run(
        [sys.executable, "-c", BOUND, str(store.path(lite.name, lite.version))],
        cwd=PROJECT,
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.splitlines()[-1] == str([sorted(os.sched_getaffinity(0))])


def test_the_error_for_an_unknown_engine_names_it(store: ModelStore, lite: Manifest) -> None:
    with pytest.raises(ValueError, match="Unknown engine 'onnx'"):
        load_engine("onnx", store.path(lite.name, lite.version))


def test_loading_a_folder_without_a_model_says_how_to_prepare_one(tmp_path: Path) -> None:
    with pytest.raises(ModelNotPrepared, match="prepare_model"):
        load_engine("openvino", tmp_path)
