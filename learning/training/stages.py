"""A network in two parts: what stays as it is, and the last stage, which learns.

OpenVINO runs the first, several times as fast as TensorFlow; its results are read once and kept.
Features of the middle of the network, where it has them, come of the first and learn nothing.
"""

from collections.abc import Callable
from contextlib import suppress

import keras
import numpy as np
import openvino
import tensorflow as tf

from learning.training.starting import starting_head
from predictions.inference.architectures import ARCHITECTURES
from predictions.inference.build import MIDDLE, POOLED
from predictions.inference.engines.openvino import normalising
from predictions.inference.engines.tensorflow import REFERENCE_FILE
from predictions.inference.export import converted
from predictions.inference.preprocessing import RECIPES
from predictions.inference.store import Manifest, ModelStore

BATCH = 16
WARM_UP = 0.2  # of the way
Weights = list[np.ndarray]


class Stages:
    """Maps, float32 (N, h, w, c), are what the first part makes of pictures and the last reads."""

    def __init__(self, backbone: Manifest, store: ModelStore, classes: int, threads: int) -> None:
        # A process that has used TensorFlow before keeps the threads that it has.
        with suppress(RuntimeError):
            tf.config.threading.set_intra_op_parallelism_threads(threads)
            tf.config.threading.set_inter_op_parallelism_threads(1)
        folder = store.path(backbone.name, backbone.version)
        network = keras.saving.load_model(folder / REFERENCE_FILE, compile=False)
        architecture = ARCHITECTURES[backbone.architecture]
        maps = network.get_layer(architecture.last_stage).input
        pooled = network.get_layer(POOLED).output
        head = keras.layers.Dense(classes, activation="softmax", name="head")
        self.model = keras.Model(
            network.input,
            {"probabilities": head(pooled), "features": network.output["features"]},
            name="tuned",
        )
        self.classes = classes
        self._head = head
        self._last = keras.Model(maps, pooled)
        self._variables = [
            variable
            for layer in self._last.layers
            # Statistics of a dozen pictures would be worse than those of ImageNet.
            if not isinstance(layer, keras.layers.BatchNormalization)
            for variable in layer.trainable_weights
        ] + head.trainable_weights
        self._original = self._last.get_weights()
        self._has_middle = bool(architecture.middle)
        seen = {"maps": maps}
        if self._has_middle:
            seen["middle"] = network.get_layer(MIDDLE).output
        first = normalising(
            converted(keras.Model(network.input, seen), store.root),
            RECIPES[backbone.recipe],
        )
        self._request = (
            openvino.Core()
            .compile_model(
                first,
                "CPU",
                {
                    "INFERENCE_PRECISION_HINT": "f32",
                    "INFERENCE_NUM_THREADS": threads,
                    "ENABLE_CPU_PINNING": False,
                },
            )
            .create_infer_request()
        )
        self._optimizer = keras.optimizers.Adam()
        self._optimizer.build(self._variables)
        anything = tf.TensorSpec((None, *maps.shape[1:]), tf.float32)
        vector, number = (tf.TensorSpec((None,), kind) for kind in (tf.int64, tf.float32))
        self._step = tf.function(self._learn, input_signature=[anything, vector, number])
        self._features = tf.function(
            lambda seen: self._last(seen, training=False), input_signature=[anything]
        )

    @property
    def map_shape(self) -> tuple[int, ...]:
        return tuple(self._last.input_shape[1:])

    @property
    def weights(self) -> Weights:
        """Of the last stage and the head."""
        return [*self._last.get_weights(), *self._head.get_weights()]

    @weights.setter
    def weights(self, weights: Weights) -> None:
        self._last.set_weights(weights[:-2])
        self._head.set_weights(weights[-2:])

    def look(self, pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Maps, float16, and features of the middle, float32 (N, M), of uint8 (N, size, size, 3).

        M is 0 where the network has no such features.
        """
        self._request.infer([np.ascontiguousarray(pictures)], share_inputs=True)
        maps = self._request.get_tensor("maps").data.astype(np.float16)
        if not self._has_middle:
            return maps, np.empty((len(pictures), 0), np.float32)
        return maps, self._request.get_tensor("middle").data.copy()

    def features(self, maps: np.ndarray) -> np.ndarray:
        """Float32 (N, D), without those of the middle."""
        parts = [maps[start : start + BATCH] for start in range(0, len(maps), BATCH)]
        return np.concatenate([self._features(p.astype(np.float32)).numpy() for p in parts])

    def logits(self, features: np.ndarray) -> np.ndarray:
        """Float32 (N, C)."""
        weights, bias = self._head.get_weights()
        said: np.ndarray = features @ weights + bias
        return said

    def start(self, features: np.ndarray, classes: np.ndarray) -> None:
        """Forgets what was learnt; the head is the best one for the features as they are.

        A random head would first bend the network to itself: Kumar et al., ICLR 2022.
        features: float32 (N, V, D), of the network as it was.
        """
        head = starting_head(features, classes, self.classes)
        self.weights = [*self._original, *head]
        for variable in self._optimizer.variables:
            variable.assign(keras.ops.zeros_like(variable))

    def tune(
        self,
        maps: np.ndarray,
        some: np.ndarray,
        classes: np.ndarray,
        rate: float,
        epochs: int,
        generator: np.random.Generator,
        how_far: Callable[[float], float],
    ) -> None:
        """Learns some pictures of float16 maps (N, V, h, w, c), each time in a view drawn by lot.

        some: the indices of these, int64. classes: int64 (N,).
        rate: the highest of the learning rates, which rise to it and fall to nothing on a cosine.
        how_far: called before each step with the share of steps done; returns how far learning
            is, 0 to 1, which is more if time is short, and ends it with 1.
        """
        sizes = np.bincount(classes[some])
        weights = (len(some) / np.count_nonzero(sizes) / np.maximum(sizes, 1)).astype(np.float32)
        steps = [start for _ in range(epochs) for start in range(0, len(some), BATCH)]
        for number, start in enumerate(steps):
            far = how_far(number / len(steps))
            if far >= 1:
                break
            if start == 0:
                some = generator.permutation(some)
            batch = some[start : start + BATCH]
            views = generator.integers(0, maps.shape[1], len(batch))
            self._optimizer.learning_rate.assign(rate * min(far / WARM_UP, _cosine(far)))
            truth = classes[batch]
            self._step(maps[batch, views].astype(np.float32), truth, weights[truth])

    def _learn(self, maps: tf.Tensor, classes: tf.Tensor, weights: tf.Tensor) -> None:
        with tf.GradientTape() as tape:
            # Not in training mode: batch norm keeps its statistics.
            features = self._last(maps, training=False)
            logits = tf.matmul(features, self._head.kernel) + self._head.bias
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(classes, logits)
            loss = tf.reduce_mean(losses * weights)
        gradients = tape.gradient(loss, [variable.value for variable in self._variables])
        self._optimizer.apply(gradients, self._variables)


def _cosine(far: float) -> float:
    return float(0.5 + 0.5 * np.cos(np.pi * far))
