"""Runs a prepared model with OpenVINO on the processor."""

from pathlib import Path
from threading import Lock

import numpy as np
import openvino
from openvino.preprocess import PrePostProcessor

from predictions.inference.engines.engine import Engine, Precision
from predictions.inference.preprocessing import Recipe

MODEL_FILE = "model.xml"

# One model compiled for any batch size: a model compiled for each size is no faster and holds its
# own copy of the weights (ResNet50: 110 MB a size). It works through a batch in slices, because
# larger ones showed no gain in speed and cost memory: after batches of 16, a process with
# EfficientNet-Lite0 and this engine alone holds 188 MB with slices of 4, 225 with 8, 317 with 16.
SLICE = 4


class OpenVINOEngine(Engine):
    """One synchronous request on all cores it may use: the fastest way for a single picture."""

    def __init__(
        self,
        folder: Path,
        recipe: Recipe,
        *,
        threads: int | None = None,
        precision: Precision = "f32",
    ) -> None:
        super().__init__(recipe)
        config: dict[str, str | int | bool] = {
            # Left to itself OpenVINO picks bf16 where the processor has it, and answers would
            # change with the machine.
            "INFERENCE_PRECISION_HINT": precision,
            "PERFORMANCE_HINT": "LATENCY",
            # OpenVINO would bind its threads to the first cores, whatever else runs on them: two
            # workers with a core each shared one, and left the other idle.
            "ENABLE_CPU_PINNING": False,
        }
        if threads is not None:
            config["INFERENCE_NUM_THREADS"] = threads
        core = openvino.Core()
        network = normalising(core.read_model(folder / MODEL_FILE), recipe)
        model = core.compile_model(network, "CPU", config)
        self._request = model.create_infer_request()
        self._running = Lock()
        self._classes = model.output("probabilities").partial_shape[1].get_length()
        self._feature_size = model.output("features").partial_shape[1].get_length()

    @staticmethod
    def native_precision() -> Precision:
        """bf16 where the processor computes in it, otherwise f32."""
        capabilities = openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        return "bf16" if "BF16" in capabilities else "f32"

    def predict(self, batch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        probabilities = np.empty((len(batch), self._classes), dtype=np.float32)
        features = np.empty((len(batch), self._feature_size), dtype=np.float32)
        for start in range(0, len(batch), SLICE):
            part = slice(start, start + SLICE)
            with self._running:
                self._request.infer([np.ascontiguousarray(batch[part])], share_inputs=True)
                # The request writes its next answer into the same tensors: copy this one out.
                probabilities[part] = self._request.get_tensor("probabilities").data
                features[part] = self._request.get_tensor("features").data
        return probabilities, features

    def release_memory(self) -> None:
        if self._running.acquire(blocking=False):
            try:
                self._request.get_compiled_model().release_memory()
            finally:
                self._running.release()


def normalising(network: openvino.Model, recipe: Recipe) -> openvino.Model:
    """The network with what `preprocessing.normalise` does as its first layers."""
    steps = PrePostProcessor(network)
    pixels = steps.input()
    pixels.tensor().set_element_type(openvino.Type.u8).set_layout(openvino.Layout("NHWC"))
    pixels.model().set_layout(openvino.Layout("NHWC"))
    pixels.preprocess().convert_element_type(openvino.Type.f32)
    pixels.preprocess().mean(list(recipe.mean)).scale(1 / recipe.scale)
    return steps.build()
