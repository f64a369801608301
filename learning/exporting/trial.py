"""Runs a network that came from elsewhere: `python -m learning.exporting.trial FOLDER RECIPE`.

OpenVINO reads it here for the first time, in a process of its own with limits: whatever a damaged
or malicious file does to the parser, takes too much memory or too long, ends this process alone.
"""

import json
import resource
import sys
from pathlib import Path
from typing import Any

import numpy as np
import openvino

from learning.exporting.network import trial_pixels
from learning.exporting.onnx_file import KINDS, OUTPUTS
from predictions.inference.engines.openvino import MODEL_FILE, OpenVINOEngine
from predictions.inference.preprocessing import RECIPES, Recipe

SECONDS = 30  # of a processor; ResNet50 takes two
MEMORY = 1_000_000_000  # bytes, as workers have; ResNet50 takes a third of it


def main(folder: Path, recipe: Recipe) -> dict[str, Any]:
    """Probabilities of one picture and the size of its features, or why it is refused."""
    network = openvino.Core().read_model(folder / MODEL_FILE)
    if unknown := {layer.get_type_name() for layer in network.get_ordered_ops()} - KINDS:
        return {"unknown": sorted(unknown)}
    if not has_right_ports(network, recipe):
        return {"wrong": "ports"}
    engine = OpenVINOEngine(folder, recipe, threads=1)
    pixels = trial_pixels(recipe)
    alone, features = engine.predict(pixels)
    among_others, _features = engine.predict(np.concatenate([pixels[:, ::-1], pixels, 0 * pixels]))
    if not np.allclose(alone[0], among_others[1], atol=1e-4):
        return {"wrong": "mixes"}
    return {"probabilities": alone[0].tolist(), "feature_size": features.shape[1]}


def has_right_ports(network: openvino.Model, recipe: Recipe) -> bool:
    """Whether the network leads from any number of pictures to probabilities and features."""
    if len(network.inputs) != 1 or len(network.outputs) != len(OUTPUTS):
        return False
    [pictures] = network.inputs
    if pictures.get_element_type() != openvino.Type.f32:
        return False
    names = {name for output in network.outputs for name in output.get_names()}
    shapes = [pictures.get_partial_shape(), *(port.get_partial_shape() for port in network.outputs)]
    return (
        names >= set(OUTPUTS)
        and [len(shape) for shape in shapes] == [4, 2, 2]
        and all(shape[0].is_dynamic for shape in shapes)
        and [size.to_string() for size in list(shapes[0])[1:]] == [*[str(recipe.size)] * 2, "3"]
        and all(shape[1].is_static for shape in shapes[1:])
    )


if __name__ == "__main__":
    for limit, most in (
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_DATA, MEMORY),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))
    print(json.dumps(main(Path(sys.argv[1]), RECIPES[sys.argv[2]])))  # noqa: T201
