"""A version as one network, in two formats that give what the service does.

Both read what `preprocessing.normalise` makes. So a network of one's own is exported as it is
stored, and can be imported as it came.
"""

import shutil
from pathlib import Path

import numpy as np
import openvino
from django.utils.translation import gettext_noop

from learning.exporting.head_layers import with_head
from learning.exporting.onnx_file import to_onnx
from learning.refusals import TeachingRefused
from predictions.inference.engines import load_engine
from predictions.inference.engines.openvino import MODEL_FILE
from predictions.inference.heads import Head
from predictions.inference.preprocessing import RECIPES, Recipe, normalise
from predictions.inference.store import Manifest

ONNX_FILE = "model.onnx"
WEIGHTS_FILE = str(Path(MODEL_FILE).with_suffix(".bin"))
# The last digit that an answer shows.
TOLERANCE = 1e-4


def write_networks(stored: Path, head: Head | None, target: Path) -> list[float]:
    """Writes the three files of the two formats into a folder, and sees that they agree.

    stored: the folder of the network, whose features the head reads.
    Returns what the service says of `trial_pixels`: a probability for each class.
    Raises TeachingRefused.
    """
    network = openvino.Core().read_model(stored / MODEL_FILE)
    if head:
        network = with_head(network, head)
        # Half-precision weights would halve the file and cost the agreement.
        openvino.save_model(network, target / MODEL_FILE, compress_to_fp16=False)
    else:
        for name in (MODEL_FILE, WEIGHTS_FILE):
            shutil.copyfile(stored / name, target / name)
    (target / ONNX_FILE).write_bytes(to_onnx(network))
    expected = said_by_the_service(stored, head)
    recipe = RECIPES[Manifest.read(stored).recipe]
    for name in (MODEL_FILE, ONNX_FILE):
        away = np.abs(run(target / name, trial_pixels(recipe), recipe) - expected).max()
        if not away <= TOLERANCE:  # so that NaN fails, too
            raise TeachingRefused(
                gettext_noop("The exported %(name)s does not answer as this service does."),
                name=name,
            )
    return [float(score) for score in expected]


def trial_pixels(recipe: Recipe) -> np.ndarray:
    """Uint8 (1, size, size, 3), the same on every machine, with edges in all channels."""
    rows, columns = np.indices((recipe.size, recipe.size))
    pattern = np.stack([rows, columns, rows ^ columns], axis=-1)
    return pattern.astype(np.uint8)[np.newaxis]


def said_by_the_service(stored: Path, head: Head | None) -> np.ndarray:
    """Float32 (C,)."""
    engine = load_engine("openvino", stored)
    probabilities, features = engine.predict(trial_pixels(engine.recipe))
    if head:
        probabilities = head.probabilities(features)
    scores: np.ndarray = probabilities[0]
    return scores


def run(file: Path, pixels: np.ndarray, recipe: Recipe) -> np.ndarray:
    """What an exported file, which OpenVINO reads both of, says of one picture: float32 (C,)."""
    # Not pinned: the first cores may be a worker's that answers.
    config = {"INFERENCE_PRECISION_HINT": "f32", "ENABLE_CPU_PINNING": False}
    model = openvino.Core().compile_model(file, "CPU", config)
    scores: np.ndarray = model(normalise(pixels, recipe))["probabilities"][0]
    return scores
