"""From verified weights to the two files that engines load, checked against each other.

`model.xml` and `model.bin` are OpenVINO's, `reference.keras` is Keras's own. Keras's
`model.export(format="openvino")` would do the first, but it imports SciPy for nothing, and what
OpenVINO's converter does with a function in memory fails on Python 3.13: it reads the file of a
frozen graph. A SavedModel would do as well, but writing one takes three times as long as the whole
conversion (EfficientNet-Lite0: 9 seconds of a core). To keep, a `.keras` file was chosen: half the
size of a SavedModel, five to ten times faster to write, about as fast to load.
"""

from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import keras
import numpy as np
import openvino
import tensorflow as tf
from PIL import Image
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from predictions.inference.architectures import Architecture
from predictions.inference.build import build
from predictions.inference.engines.openvino import MODEL_FILE, OpenVINOEngine
from predictions.inference.engines.tensorflow import REFERENCE_FILE
from predictions.inference.errors import ParityError
from predictions.inference.preprocessing import RECIPES, Recipe, normalise, preprocess
from predictions.inference.progress import Progress

# Float32 sums in another order differ by about 1e-6 of a probability; 1e-4 is the last digit an
# answer shows.
TOLERANCE = 1e-4
STEPS = 4


def export(
    architecture: Architecture, weights_path: Path, target_dir: Path, progress: Progress
) -> float:
    """Builds the network of these weights and exports it, see `export_model`.

    Raises `WrongWeights` when the weights do not fit.
    """
    progress(f"Building {architecture.title}", 0, STEPS)
    model = build(architecture, weights_path)
    return export_model(
        model, architecture.title, RECIPES[architecture.recipe], target_dir, progress
    )


def export_model(
    model: keras.Model, title: str, recipe: Recipe, target_dir: Path, progress: Progress
) -> float:
    """Writes `model.xml`, `model.bin` and `reference.keras` into an existing folder.

    model: gives the two outputs that `build` names, of any number of classes and features.
    Returns the parity: the largest difference between OpenVINO (f32) and Keras over four pictures,
    the greater of the absolute one of probabilities and the relative one of features (relative to
    the largest feature).
    Raises `ParityError` when the parity exceeds 1e-4; then the folder is empty again.
    """
    try:
        progress("Writing the Keras reference", 1, STEPS)
        model.save(target_dir / REFERENCE_FILE)
        progress("Converting to OpenVINO", 2, STEPS)
        # Half-precision weights would halve the file and cost the parity.
        openvino.save_model(
            converted(model, target_dir), target_dir / MODEL_FILE, compress_to_fp16=False
        )
        progress("Comparing OpenVINO with Keras", 3, STEPS)
        parity = _parity(model, OpenVINOEngine(target_dir, recipe), fixed_batch(recipe))
        # Written so that NaN, which compares false with everything, fails too.
        if not parity <= TOLERANCE:
            raise ParityError(
                f"OpenVINO answers {parity:.1e} away from Keras for {title}; at most "
                f"{TOLERANCE:.0e} is accepted. Nothing was kept."
            )
    except BaseException:
        for name in (REFERENCE_FILE, MODEL_FILE, str(Path(MODEL_FILE).with_suffix(".bin"))):
            (target_dir / name).unlink(missing_ok=True)
        raise
    progress("Comparing OpenVINO with Keras", STEPS, STEPS)
    return parity


def fixed_batch(recipe: Recipe) -> np.ndarray:
    """Four pictures of soft colours, the same on every machine: uint8 (4, size, size, 3)."""
    random = np.random.default_rng(seed=224)
    return np.stack(
        [
            preprocess(
                Image.fromarray(random.integers(0, 256, (9, 12, 3), dtype=np.uint8)).resize(
                    (480, 360), Image.Resampling.BICUBIC
                ),
                recipe,
            )
            for _ in range(4)
        ]
    )


def converted(model: keras.Model, workshop: Path) -> openvino.Model:
    """The same function of normalised pictures in OpenVINO, its outputs named as the model's.

    workshop: an existing folder for a file that is removed again.
    """
    pictures = tf.TensorSpec(model.inputs[0].shape, tf.float32)
    function = tf.function(partial(model, training=False), input_signature=[pictures])
    frozen = convert_variables_to_constants_v2(function.get_concrete_function())
    with TemporaryDirectory(dir=workshop) as folder:
        file = tf.io.write_graph(frozen.graph, folder, "frozen.pb", as_text=False)
        network = openvino.convert_model(file)
    # TensorFlow flattens a dictionary in the order of its sorted keys.
    for name, tensor in zip(sorted(model.output), frozen.outputs, strict=True):
        network.output(tensor.name).get_tensor().set_names({name})
    return network


def _parity(model: keras.Model, engine: OpenVINOEngine, batch: np.ndarray) -> float:
    # One by one, as Keras keeps what each layer gives until the last one has: 200 MB a picture.
    each = [
        model(normalise(picture, engine.recipe), training=False)
        for picture in np.split(batch, len(batch))
    ]
    expected = {name: np.concatenate([said[name] for said in each]) for name in each[0]}
    probabilities, features = engine.predict(batch)
    absolute = np.abs(probabilities - expected["probabilities"]).max()
    relative = np.abs(features - expected["features"]).max() / np.abs(expected["features"]).max()
    return float(np.maximum(absolute, relative))  # unlike max(), it hands NaN on
