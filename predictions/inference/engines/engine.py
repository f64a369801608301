"""What every engine can do."""

from abc import ABC, abstractmethod
from typing import Literal

import numpy as np
from PIL import Image

from predictions.inference.preprocessing import Recipe, preprocess

# What a model computes in: f32 answers as TensorFlow does to four places, bf16 in half the time. An
# int8 model is another one in the store, see quantise.py.
Precision = Literal["f32", "bf16", "int8"]


class Engine(ABC):
    """A loaded model. `preprocess` may run in many threads at once, `predict` in one at a time."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe

    def preprocess(self, image: Image.Image) -> np.ndarray:
        """One RGB picture (see `pictures.open_image`) as uint8 of shape (224, 224, 3)."""
        return preprocess(image, self.recipe)

    @abstractmethod
    def predict(self, batch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Normalises and classifies preprocessed pictures.

        batch: uint8 (N, 224, 224, 3). Returns probabilities, float32 (N, 1000), and the pooled
        features, float32 (N, D); both belong to the caller.
        """

    def release_memory(self) -> None:  # noqa: B027  # an engine may have nothing to free
        """Frees what `predict` keeps for its next run, unless it is running. Any thread may ask."""
