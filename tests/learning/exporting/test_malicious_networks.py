"""A network that staff bring is tried out in a process of its own, and refused unless it fits."""

import numpy as np
import openvino
import pytest
from openvino import opset13 as layers

from tests.learning.exporting.conftest import changed
from tests.learning.exporting.test_malicious_imports import refused


def network(tmp_path, *, size=224, batch=-1, odd=None):
    """The files of a small network that gives what is asked of one, but for an odd layer."""
    pictures = layers.parameter([batch, size, size, 3], np.float32)
    shown = odd(pictures) if odd else pictures
    pooled = layers.reduce_mean(shown, layers.constant(np.array([1, 2])), False)
    weights = np.random.default_rng(5).normal(0, 0.1, (3, 1000)).astype(np.float32)
    scores = layers.matmul(pooled, layers.constant(weights), False, False)
    outputs = {"probabilities": layers.softmax(scores, axis=1), "features": pooled}
    results = []
    for name, output in outputs.items():
        results.append(layers.result(output))
        results[-1].output(0).get_tensor().set_names({name})
    model = openvino.Model(results, [pictures])
    openvino.save_model(model, tmp_path / "model.xml", compress_to_fp16=False)
    return {name: (tmp_path / name).read_bytes() for name in ("model.xml", "model.bin")}


def mixed(pictures):
    """Each with all that were asked at the same time."""
    return layers.add(pictures, layers.reduce_mean(pictures, layers.constant(np.array([0])), True))


def inflated(pictures):
    """To ten gigabytes, with no weights at all."""
    wide = layers.constant(np.array([0, 15_000, 15_000, 0]))
    return layers.pad(pictures, wide, wide, "constant", layers.constant(np.float32(0)))


ODD = {
    "layers of kinds that are not accepted: Tan": {"odd": layers.tan},
    "does not lead from": {"size": 100},
    "does not lead from pictures": {"batch": 1},
    "does not lead from pictures to": {"odd": mixed},
    "damaged, too large": {"odd": inflated},
    "does not answer here": {},
}


@pytest.mark.parametrize(
    ("says", "how"), ODD.items(), ids=["kind", "size", "batch", "mix", "memory", "other"]
)
def test_a_network_that_does_something_else_is_refused(
    network_package, target, tmp_path, says, how
):
    files = network(tmp_path, **how)
    refused(changed(network_package, lambda f: f.update(files)), target, says, networks=True)


def test_a_network_whose_weights_are_cut_off_is_refused(network_package, target):
    def cut(files):
        files["model.bin"] = files["model.bin"][:1000]

    refused(changed(network_package, cut), target, "damaged, too large", networks=True)
