"""Each kind of layer means the same in ONNX."""

import numpy as np
import onnxruntime
import openvino
import pytest
from openvino import opset13 as layers

from learning.exporting.head_layers import with_head
from learning.exporting.onnx_file import ENDS, KINDS, to_onnx
from learning.refusals import TeachingRefused
from predictions.inference.heads import Head, Rejection


def as_network(pictures, features):
    weights = layers.constant(random(5, features.get_output_partial_shape(0)[1].get_length()))
    scores = layers.softmax(layers.matmul(features, weights, False, True), axis=1)
    results = {"probabilities": layers.result(scores), "features": layers.result(features)}
    for name, result in results.items():
        result.output(0).get_tensor().set_names({name})
    return openvino.Model(list(results.values()), [pictures])


def random(*shape):
    return np.random.default_rng(sum(shape)).normal(0, 0.5, shape).astype(np.float32)


def of_all_kinds():
    """As in ResNet50, EfficientNet-Lite and heads; and some paddings that they lack."""
    pictures = layers.parameter([-1, 21, 30, 3], np.float32)
    x = layers.transpose(pictures, layers.constant(np.array([0, 3, 1, 2])))
    x = layers.convolution(x, layers.constant(random(8, 3, 3, 5)), [2, 1], [1, 0], [0, 2], [1, 2])
    x = middle = layers.relu(layers.add(x, layers.constant(random(1, 8, 1, 1))))
    edges = [layers.constant(np.array(edge)) for edge in ([0, 0, 1, 2], [0, 0, 0, 1])]
    x = layers.pad(x, *edges, "constant", layers.constant(np.float32(0.5)))
    x = layers.max_pool(x, [2, 1], [1, 1], [1, 0], [0, 1], [3, 2]).output(0)
    kernels = layers.constant(random(4, 6, 2, 3, 3))
    x = layers.group_convolution(x, kernels, [1, 2], [0, 0], [0, 0], [1, 1], "same_upper")
    x = layers.clamp(x, 0.0, 6.0)
    means = [
        layers.reduce_mean(each, layers.constant(np.array([2, 3])), False) for each in (x, middle)
    ]
    features = layers.concat(means, 1)
    rejection = Rejection(random(4, 32), random(32, 2), *np.float32([1, 9, 2]))
    head = Head(random(32, 4), random(4), roots=True, rejection=rejection)
    return with_head(as_network(pictures, features), head)


def test_every_known_kind_of_layer_computes_the_same():
    network = of_all_kinds()
    assert {layer.get_type_name() for layer in network.get_ordered_ops()} == KINDS
    batch = random(3, 21, 30, 3)
    expected = openvino.compile_model(network, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})(batch)
    session = onnxruntime.InferenceSession(to_onnx(network))
    for name in ("probabilities", "features"):
        [said] = session.run([name], {"pictures": batch})
        np.testing.assert_allclose(said, expected[name], atol=1e-5)
    assert ENDS < KINDS


def flattened(odd):
    pictures = layers.parameter([-1, 4, 4, 3], np.float32)
    features = layers.reduce_mean(odd(pictures), layers.constant(np.array([1, 2])), False)
    return as_network(pictures, features)


EDGE = layers.constant(np.array([0, 1, 1, 0]))
UNKNOWN = {
    "Tan": layers.tan,
    "Pad reflect": lambda x: layers.pad(x, EDGE, EDGE, "reflect"),
    "MaxPool that rounds up": lambda x: layers.max_pool(
        x, [2, 2], [1, 1], [0, 0], [0, 0], [2, 2], "ceil"
    ).output(0),
    "MatMul that transposes": lambda x: layers.matmul(
        x, layers.constant(random(4, 3)), True, False
    ),
    "MatMul of computed weights": lambda x: layers.matmul(x, x, False, True),
}


@pytest.mark.parametrize(("says", "odd"), UNKNOWN.items(), ids=UNKNOWN.keys())
def test_a_layer_that_would_compute_something_else_is_refused_by_name(says, odd):
    with pytest.raises(TeachingRefused, match=says):
        to_onnx(flattened(odd))
