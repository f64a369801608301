"""int8: layers that compute in 8 bits, made of an exported model after training, by NNCF.

NNCF lets the model see a few hundred pictures, and maps what each layer gives for them to 256
steps. This takes minutes, and the package is needed for it alone: what it writes is an OpenVINO
model.
"""

import logging
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import openvino

from predictions.inference.engines.openvino import MODEL_FILE
from predictions.inference.errors import PrecisionRefused
from predictions.inference.preprocessing import Recipe, normalise

PACKAGE_MISSING = (
    "The Python package nncf, which quantises models, is not installed. Run: "
    "pip install -r requirements-int8.txt"
)


def can_quantise() -> bool:
    """Whether NNCF is installed."""
    return find_spec("nncf") is not None


def quantise(stored: Path, recipe: Recipe, pictures: np.ndarray, target: Path) -> None:
    """Writes `model.xml` and `model.bin` into an existing folder.

    stored: the folder of the model in f32.
    pictures: preprocessed, uint8 (N, size, size, 3). All are looked at.
    Raises `PrecisionRefused` if NNCF is not installed.
    """
    if not can_quantise():
        raise PrecisionRefused(PACKAGE_MISSING)
    import nncf

    nncf.set_log_level(logging.ERROR)
    quantised = nncf.quantize(
        openvino.Core().read_model(stored / MODEL_FILE),
        nncf.Dataset(list(pictures), lambda pixels: normalise(pixels[np.newaxis], recipe)),
        subset_size=len(pictures),
        target_device=nncf.TargetDevice.CPU,
        # Weights symmetric, what lies between layers not: ReLU6 gives no negative numbers.
        preset=nncf.QuantizationPreset.MIXED,
        # The thorough one: with it a third less is lost of EfficientNet-Lite0's answers.
        fast_bias_correction=False,
        advanced_parameters=nncf.AdvancedQuantizationParameters(
            # The fix is for processors without VNNI, which engines/openvino.py refuses, and costs
            # a bit of each weight: six of 76 photographs changed their answers by it.
            overflow_fix=nncf.OverflowFix.DISABLE
        ),
    )
    openvino.save_model(quantised, target / MODEL_FILE, compress_to_fp16=False)
