"""A head as layers of a network: `Head.probabilities`, step by step."""

import numpy as np
import openvino
from openvino import opset13 as layers

from predictions.inference.heads import Head, Rejection


def with_head(network: openvino.Model, head: Head) -> openvino.Model:
    """The same network with this head's probabilities instead of its own."""
    features = network.output("features").get_node().input_value(0)
    outputs = {"probabilities": probabilities(features, head).output(0), "features": features}
    results = []
    for name, output in outputs.items():
        result = layers.result(output)
        result.output(0).get_tensor().set_names({name})
        results.append(result)
    return openvino.Model(results, network.get_parameters(), network.get_friendly_name())


def probabilities(features: openvino.Output, head: Head) -> openvino.Node:
    """(N, classes) of (N, D)."""
    read = normalised(features) if head.roots else features
    scores = layers.softmax(layers.add(product(read, head.weights), head.bias), axis=1)
    return rejected(scores, read, head.rejection) if head.rejection else scores


def normalised(features: openvino.Output) -> openvino.Node:
    """As heads.normalised."""
    signs = layers.sign(features)
    roots = layers.multiply(signs, layers.sqrt(layers.absolute(features)))
    return layers.divide(roots, layers.maximum(length(roots), np.finfo(np.float32).tiny))


def rejected(scores: openvino.Node, read: openvino.Node, rejection: Rejection) -> openvino.Node:
    """As Rejection.combine: (N, M + 1) of scores, (N, M) or (N, M + 1)."""
    classes = np.eye(len(rejection.means) + 1, dtype=np.float32)
    none = classes[-1:]
    # "None of these" has a score of 0 where it was not taught.
    outputs = scores.get_output_partial_shape(0)[1].get_length()
    scored = product(scores, classes[:outputs])
    best = layers.reduce_max(product(scored, classes[:, :-1]), axis(1), keep_dims=True)
    lead = layers.maximum(layers.subtract(best, product(scored, none.T)), np.float32(1e-6))
    unsure = layers.multiply(layers.log(lead), rejection.weight)
    strangeness = layers.subtract(distances(read, rejection), unsure)
    beyond = layers.subtract(strangeness, rejection.threshold)
    tanh = layers.tanh(layers.divide(beyond, 2 * rejection.softness))
    kept = layers.subtract(np.float32(0.5), layers.multiply(np.float32(0.5), tanh))
    lost = product(layers.subtract(np.float32(1), kept), none)  # by all others
    return layers.add(layers.multiply(scored, kept), lost)


def distances(read: openvino.Node, rejection: Rejection) -> openvino.Node:
    """As Rejection.distances, but (N, 1)."""
    squares = squared_distances(read, rejection.means)
    if rejection.directions.shape[1]:
        along = product(read, rejection.directions)
        within = squared_distances(along, rejection.means @ rejection.directions)
        squares = layers.subtract(squares, within)
    return layers.reduce_min(squares, axis(1), keep_dims=True)


def squared_distances(points: openvino.Node, means: np.ndarray) -> openvino.Node:
    """(N, M) of points (N, D) to means (M, D)."""
    lengths = layers.reduce_sum(layers.multiply(points, points), axis(1), keep_dims=True)
    lengths = layers.add(lengths, (means**2).sum(axis=1))
    return layers.subtract(lengths, product(points, 2 * means.T))


def length(vectors: openvino.Node) -> openvino.Node:
    return layers.reduce_l2(vectors, axis(1), keep_dims=True)


def product(left: openvino.Node, right: np.ndarray) -> openvino.Node:
    return layers.matmul(left, layers.constant(right), False, False)


def axis(number: int) -> openvino.Node:
    return layers.constant(np.array([number], np.int64))
