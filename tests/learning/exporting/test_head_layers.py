"""A head's layers give what `Head.probabilities` does."""

import numpy as np
import onnxruntime
import openvino
import pytest
from openvino import opset13 as layers

from learning.exporting.head_layers import with_head
from learning.exporting.onnx_file import to_onnx
from predictions.inference.heads import Head, Rejection

SIZE, KNOWN = 40, 3


def random(*shape: int) -> np.ndarray:
    return np.random.default_rng(sum(shape)).normal(0, 1, shape).astype(np.float32)


def head(outputs: int, **how) -> Head:
    return Head(random(SIZE, outputs), random(outputs), **how)


def rejection(directions: int) -> Rejection:
    means, along = random(KNOWN, SIZE) / 6, random(SIZE, directions) / 8
    return Rejection(means, along, *np.float32([0.1, 1.8, 0.2]))


HEADS = {
    "linear": head(KNOWN),
    "roots": head(KNOWN, roots=True),
    "rejection": head(KNOWN, roots=True, rejection=rejection(5)),
    "none taught": head(KNOWN + 1, roots=True, rejection=rejection(5)),
    "no directions": head(KNOWN, roots=True, rejection=rejection(0)),
}


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS.keys())
def test_a_head_answers_the_same_as_layers_in_both_formats(head):
    pictures = layers.parameter([-1, 2, 2, SIZE], np.float32)
    pooled = layers.reduce_mean(pictures, layers.constant(np.array([1, 2])), False)
    results = [layers.result(layers.relu(pooled)), layers.result(pooled)]
    for name, result in zip(("probabilities", "features"), results, strict=True):
        result.output(0).get_tensor().set_names({name})
    network = with_head(openvino.Model(results, [pictures]), head)
    batch = random(50, 2, 2, SIZE)
    batch[0] = 0
    expected = head.probabilities(batch.mean(axis=(1, 2)))
    if head.rejection:  # or it would be no test of it
        assert 0.1 < expected[:, -1].mean() < 0.9
    compiled = openvino.compile_model(network, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    np.testing.assert_allclose(compiled(batch)["probabilities"], expected, atol=1e-5)
    session = onnxruntime.InferenceSession(to_onnx(network))
    [said] = session.run(["probabilities"], {"pictures": batch})
    np.testing.assert_allclose(said, expected, atol=1e-5)
