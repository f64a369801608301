"""A network of OpenVINO as ONNX.

Keras's own export to ONNX takes TensorFlow, twenty seconds and 2 GB (EfficientNet-Lite0), and would
know nothing of heads. After OpenVINO's conversion a network has a dozen kinds of layers left, each
with a layer of ONNX that means the same: a second, and no more than twice the weights in memory.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
import openvino
from django.utils.translation import gettext_noop
from onnx import TensorProto, helper, numpy_helper

from learning.refusals import TeachingRefused

INPUT, OUTPUTS = "pictures", ("probabilities", "features")
# Of 2022, for old runtimes: onnxruntime reads it since 1.12. With 18 axes become inputs.
OPSET, IR_VERSION = 17, 8
# Layers that have the same inputs in ONNX, and neither attributes nor weights to be arranged.
ENDS = {"Parameter", "Constant", "Result"}  # which are no layers
SAME = {"Subtract": "Sub", "Multiply": "Mul", "Divide": "Div", "Maximum": "Max"} | {
    kind: kind for kind in ("Abs", "Add", "Log", "Relu", "Sign", "Sqrt", "Tanh")
}


class Graph:
    """What of an ONNX graph is written so far."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []
        self.names: dict[str, str] = {}  # of what a layer gives, by OpenVINO's name of the layer

    def add(self, layer: openvino.Node, kind: str, inputs: list[str], **attributes: Any) -> None:
        name = self.names.setdefault(layer.get_name(), f"{kind}_{len(self.nodes)}")
        self.nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))

    def input(self, layer: openvino.Node, index: int) -> str:
        """The name of what the layer reads there."""
        source = layer.input_value(index).get_node()
        if source.get_name() not in self.names:
            self.names[source.get_name()] = self.constant(value(layer, index))
        return self.names[source.get_name()]

    def constant(self, array: np.ndarray) -> str:
        name = f"weights_{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name


def to_onnx(network: openvino.Model) -> bytes:
    """A model with the input `pictures` and the outputs of `network`, for any number of pictures.

    network: with one input, and the outputs `probabilities` and `features`, all float32.
    Raises TeachingRefused.
    """
    graph = Graph()
    [pictures] = network.inputs
    graph.names[pictures.get_node().get_name()] = INPUT
    for name in OUTPUTS:
        graph.names[network.output(name).get_node().input_value(0).get_node().get_name()] = name
    for layer in network.get_ordered_ops():
        kind = layer.get_type_name()
        if kind in ENDS:
            continue
        if kind in SAME:
            inputs = [graph.input(layer, index) for index in range(layer.get_input_size())]
            graph.add(layer, SAME[kind], inputs)
        elif kind in LAYERS:
            LAYERS[kind](graph, layer)
        else:
            raise unknown(kind)
    outputs = [described(name, network.output(name)) for name in OUTPUTS]
    written = helper.make_graph(
        graph.nodes, "classifier", [described(INPUT, pictures)], outputs, graph.weights
    )
    opset = helper.make_opsetid("", OPSET)
    model = helper.make_model(written, opset_imports=[opset], ir_version=IR_VERSION)
    content: bytes = model.SerializeToString()
    return content


def unknown(kind: str) -> TeachingRefused:
    return TeachingRefused(
        gettext_noop("The network has a layer that cannot be exported: %(kind)s."), kind=kind
    )


def described(name: str, port: Any) -> onnx.ValueInfoProto:
    _pictures, *shape = port.get_partial_shape()
    sizes = ["N", *(size.get_length() for size in shape)]
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, sizes)


def value(layer: openvino.Node, index: int) -> np.ndarray:
    """Weights that a layer reads. Raises TeachingRefused: it reads something that is computed."""
    source = layer.input_value(index).get_node()
    if source.get_type_name() != "Constant":
        raise unknown(f"{layer.get_type_name()} of computed weights")
    data: np.ndarray = source.get_data()
    return data


def convolution(graph: Graph, layer: openvino.Node) -> None:
    weights = graph.constant(value(layer, 1))
    graph.add(layer, "Conv", [graph.input(layer, 0), weights], **sliding(layer))


def group_convolution(graph: Graph, layer: openvino.Node) -> None:
    kernels = value(layer, 1)  # (groups, filters of a group, channels of a group, height, width)
    weights = graph.constant(kernels.reshape(-1, *kernels.shape[2:]))
    inputs = [graph.input(layer, 0), weights]
    graph.add(layer, "Conv", inputs, group=len(kernels), **sliding(layer))


def max_pool(graph: Graph, layer: openvino.Node) -> None:
    said = layer.get_attributes()
    if said["rounding_type"] != "floor":
        raise unknown("MaxPool that rounds up")
    size = said["kernel"]
    graph.add(layer, "MaxPool", [graph.input(layer, 0)], kernel_shape=size, **sliding(layer))


def sliding(layer: openvino.Node) -> dict[str, list[int]]:
    said = layer.get_attributes()  # where padding is automatic, OpenVINO has worked it out
    return {
        "strides": said["strides"],
        "dilations": said["dilations"],
        "pads": [*said["pads_begin"], *said["pads_end"]],
    }


def clamp(graph: Graph, layer: openvino.Node) -> None:
    said = layer.get_attributes()
    limits = [graph.constant(np.array(said[name], np.float32)) for name in ("min", "max")]
    graph.add(layer, "Clip", [graph.input(layer, 0), *limits])


def pad(graph: Graph, layer: openvino.Node) -> None:
    mode = layer.get_attributes()["pad_mode"]
    if mode != "constant":
        raise unknown(f"Pad {mode}")
    sizes = graph.constant(np.concatenate([value(layer, 1), value(layer, 2)]).astype(np.int64))
    graph.add(layer, "Pad", [graph.input(layer, 0), sizes, graph.input(layer, 3)])


def transpose(graph: Graph, layer: openvino.Node) -> None:
    order = value(layer, 1).tolist()
    graph.add(layer, "Transpose", [graph.input(layer, 0)], perm=order)


def reduction(graph: Graph, layer: openvino.Node) -> None:
    axes = np.atleast_1d(value(layer, 1)).astype(np.int64)
    keeps = int(layer.get_attributes()["keep_dims"])
    kind, inputs = layer.get_type_name(), [graph.input(layer, 0)]
    if kind == "ReduceSum":  # the one whose axes are an input already
        graph.add(layer, kind, [*inputs, graph.constant(axes)], keepdims=keeps)
    else:
        graph.add(layer, kind, inputs, axes=axes.tolist(), keepdims=keeps)


def matrix_product(graph: Graph, layer: openvino.Node) -> None:
    said = layer.get_attributes()
    if said["transpose_a"]:
        raise unknown("MatMul that transposes its input")
    right = value(layer, 1)
    weights = graph.constant(right.T if said["transpose_b"] else right)
    graph.add(layer, "MatMul", [graph.input(layer, 0), weights])


def concatenation(graph: Graph, layer: openvino.Node) -> None:
    inputs = [graph.input(layer, index) for index in range(layer.get_input_size())]
    graph.add(layer, "Concat", inputs, axis=layer.get_attributes()["axis"])


def softmax(graph: Graph, layer: openvino.Node) -> None:
    graph.add(layer, "Softmax", [graph.input(layer, 0)], axis=layer.get_attributes()["axis"])


Layer = Callable[[Graph, openvino.Node], None]
REDUCTIONS = ("ReduceL2", "ReduceMax", "ReduceMean", "ReduceMin", "ReduceSum")
LAYERS: dict[str, Layer] = {
    "Clamp": clamp,
    "Concat": concatenation,
    "Convolution": convolution,
    "GroupConvolution": group_convolution,
    "MatMul": matrix_product,
    "MaxPool": max_pool,
    "Pad": pad,
    **dict.fromkeys(REDUCTIONS, reduction),
    "Softmax": softmax,
    "Transpose": transpose,
}
KINDS = ENDS | SAME.keys() | LAYERS.keys()
