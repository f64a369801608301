"""Keras models of the architectures, weights loaded. Each has two outputs:

`probabilities` float32 (N, 1000), the softmax over the classes, and `features` float32 (N, D), the
pooled vector that the classifier reads, and after it, where the architecture has a `middle`, the
mean of that layer's map. Input: float32 (N, size, size, 3), as the architecture's recipe makes it.
"""

import re
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import keras
import numpy as np
from keras import layers

from predictions.inference.architectures import (
    EFFICIENTNET_LITE0_STAGES,
    EFFICIENTNET_LITE2_STAGES,
    EFFICIENTNET_LITE_STEM,
    Architecture,
    Stage,
)
from predictions.inference.errors import WrongWeights
from predictions.inference.labels import labels
from predictions.inference.torch_file import read_state_dict

# Same in the checkpoint and in EfficientNet's reference code; Keras's default happens to agree.
EPSILON = 1e-3
# Of the middle's mean beside the pooled vector: its numbers are twenty times as large
# (docs/learning.md).
SHARE_OF_MIDDLE = 0.25
POOLED, MIDDLE = "avg_pool", "middle"


def build(architecture: Architecture, weights_path: Path) -> keras.Model:
    """The network with the weights of this file (already verified, see `weights.obtain`).

    Raises `WrongWeights` when the file's layers or shapes are not the architecture's.
    """
    builders: dict[str, Callable[[Path], keras.Model]] = {
        "resnet50": _resnet50,
        "resnet50-crop": _resnet50,
        "efficientnet-lite0": partial(_efficientnet_lite, architecture, EFFICIENTNET_LITE0_STAGES),
        "efficientnet-lite2": partial(_efficientnet_lite, architecture, EFFICIENTNET_LITE2_STAGES),
    }
    return builders[architecture.name](weights_path)


def _resnet50(weights_path: Path) -> keras.Model:
    network = keras.applications.ResNet50(weights=None)
    try:
        with warnings.catch_warnings():
            # Keras warns of each layer a foreign file lacks, and then raises one error for all.
            warnings.simplefilter("ignore", UserWarning)
            network.load_weights(weights_path)
    # Keras and h5py have no common error for a file they cannot use: ValueError, OSError, KeyError
    # and others.
    except Exception as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(":")
        raise WrongWeights(
            f"{weights_path.name} does not hold the layers and shapes of ResNet50 with 1000 "
            f"classes: {reason}"
        ) from error
    pooled = network.get_layer(POOLED).output
    return _model(network.input, network.output, pooled, "resnet50")


def _model(
    inputs: keras.KerasTensor,
    probabilities: keras.KerasTensor,
    pooled: keras.KerasTensor,
    name: str,
) -> keras.Model:
    return keras.Model(inputs, {"probabilities": probabilities, "features": pooled}, name=name)


def _efficientnet_lite(
    architecture: Architecture, stages: Sequence[Stage], weights_path: Path
) -> keras.Model:
    size = architecture.input_size
    inputs = keras.Input((size, size, 3), name="pictures")
    x = _convolution(inputs, EFFICIENTNET_LITE_STEM, 3, 2, "conv_stem", "bn0")
    number = 0
    for stage in stages:
        for repeat in range(stage.repeats):
            first = repeat == 0
            x = _block(
                x,
                f"blocks.{number}",
                stage.kernel,
                stage.stride if first else 1,
                stage.expansion,
                stage.filters_in if first else stage.filters_out,
                stage.filters_out,
            )
            number += 1
    x = _convolution(x, 1280, 1, 1, "conv_head", "bn1")
    features = pooled = layers.GlobalAveragePooling2D(name=POOLED)(x)
    probabilities = layers.Dense(len(labels()), activation="softmax", name="fc")(pooled)
    if architecture.middle:
        features = _with_middle(pooled, keras.Model(inputs, x).get_layer(architecture.middle))
    model = _model(inputs, probabilities, features, architecture.name)
    _load_torch_weights(model, read_state_dict(weights_path))
    return model


def _with_middle(pooled: keras.KerasTensor, layer: layers.Layer) -> keras.KerasTensor:
    mean = layers.GlobalAveragePooling2D(name="middle_pool")(layer.output)
    middle = layers.Rescaling(SHARE_OF_MIDDLE, name=MIDDLE)(mean)
    return layers.Concatenate(name="features")([pooled, middle])


def _convolution(
    x: keras.KerasTensor, filters: int, kernel: int, stride: int, name: str, norm: str
) -> keras.KerasTensor:
    x = layers.Conv2D(filters, kernel, stride, padding="same", use_bias=False, name=name)(x)
    x = layers.BatchNormalization(epsilon=EPSILON, name=norm)(x)
    return layers.ReLU(6)(x)


def _block(
    x: keras.KerasTensor,
    name: str,
    kernel: int,
    stride: int,
    expansion: int,
    filters_in: int,
    filters_out: int,
) -> keras.KerasTensor:
    """Inverted residual (Sandler et al. 2018): expand, filter each channel on its own, project."""
    shortcut = x
    if expansion != 1:
        x = _convolution(x, filters_in * expansion, 1, 1, f"{name}.expand_conv", f"{name}.bn0")
    x = layers.DepthwiseConv2D(
        kernel, stride, padding="same", use_bias=False, name=f"{name}.depthwise_conv"
    )(x)
    x = layers.BatchNormalization(epsilon=EPSILON, name=f"{name}.bn1")(x)
    x = layers.ReLU(6)(x)
    x = layers.Conv2D(filters_out, 1, use_bias=False, name=f"{name}.project_conv")(x)
    x = layers.BatchNormalization(epsilon=EPSILON, name=f"{name}.bn2")(x)
    if stride == 1 and filters_in == filters_out:
        x = layers.Add(name=f"{name}.add")([shortcut, x])
    return x


def _load_torch_weights(model: keras.Model, state: dict[str, np.ndarray]) -> None:
    """A layer is named as in the checkpoint, less the underscores that SavedModel refuses."""
    for layer in model.layers:
        if layer.weights:
            torch_name = re.sub(r"(^|\.)(?=[a-z])", r"\1_", layer.name)
            layer.set_weights(_keras_weights(layer, torch_name, state))


def _keras_weights(
    layer: layers.Layer, name: str, state: dict[str, np.ndarray]
) -> list[np.ndarray]:
    """PyTorch's arrangement of a layer's weights turned into Keras's."""
    if isinstance(layer, layers.BatchNormalization):
        return [
            state[f"{name}.{part}"] for part in ("weight", "bias", "running_mean", "running_var")
        ]
    kernel = state[f"{name}.weight"]
    if isinstance(layer, layers.Dense):
        return [kernel.T, state[f"{name}.bias"]]
    if isinstance(layer, layers.DepthwiseConv2D):
        return [kernel.transpose(2, 3, 0, 1)]  # (C, 1, h, w) to (h, w, C, 1)
    return [kernel.transpose(2, 3, 1, 0)]  # (O, I, h, w) to (h, w, I, O)
