"""ResNet50 may be shown the middle of a picture in its own proportions: a model of its own."""

from pathlib import Path

import numpy as np
import pytest

from predictions.inference.engines import load_engine
from predictions.inference.pictures import open_image
from predictions.inference.preprocessing import (
    CROP_CAFFE,
    CROP_REDUCED,
    CROP_SIMD_CAFFE,
    CROP_SRGB,
    preprocess,
)
from predictions.inference.selection import choose
from predictions.inference.store import ModelStore


@pytest.mark.parametrize("recipe", [CROP_CAFFE, CROP_SIMD_CAFFE])
def test_it_sees_what_the_bundled_model_sees_with_channels_in_its_order(images: Path, recipe):
    image = open_image((images / "chelsea.png").read_bytes())
    assert image.width != image.height
    lite = preprocess(image, CROP_SRGB).astype(int)
    assert np.abs(lite[..., ::-1] - preprocess(image, recipe)).max() <= 1
    assert recipe.least_side == CROP_REDUCED.least_side


def test_it_is_the_same_network_under_another_name(
    resnet_store: ModelStore, resnet_weights: Path, tmp_path: Path
) -> None:
    store = ModelStore(tmp_path)
    cropped = choose("resnet50-crop", store, weights_file=resnet_weights)
    (squashed,) = resnet_store.versions("resnet50")
    assert cropped.weights_sha256 == squashed.weights_sha256
    pixels = np.random.default_rng(0).integers(0, 256, (1, 224, 224, 3), dtype=np.uint8)
    answers = [
        load_engine("openvino", folder).predict(pixels)[0]
        for folder in (
            store.path("resnet50-crop", cropped.version),
            resnet_store.path("resnet50", squashed.version),
        )
    ]
    np.testing.assert_allclose(*answers, atol=1e-6)
