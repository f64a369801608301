"""Runs a prepared model with OpenVINO on the processor."""

import logging
from functools import cache
from pathlib import Path
from threading import Lock

import numpy as np
import openvino
from openvino.preprocess import PrePostProcessor

from predictions.inference.engines.engine import Engine, Precision
from predictions.inference.errors import ModelNotPrepared
from predictions.inference.preprocessing import Recipe

logger = logging.getLogger(__name__)

MODEL_FILE = "model.xml"
CPU_INFO = Path("/proc/cpuinfo")  # of Linux, see proc(5)
# Products of 8-bit numbers summed in 32 bits. The instructions before them sum in 16 bits, which
# overflow: a model that is quantised for these answers wrongly there.
VNNI = {"avx512_vnni", "avx_vnni"}
BF16 = "BF16"  # as OpenVINO calls it

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
            "INFERENCE_PRECISION_HINT": hint(precision, folder),
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


@cache
def native_precisions() -> tuple[Precision, ...]:
    """f32, and bf16 and int8 where the processor has instructions for them."""
    # OpenVINO says INT8 of every processor, also where it is slow and overflows.
    capabilities = openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    found: list[Precision] = ["f32"]
    if BF16 in capabilities:
        found.append("bf16")
    if VNNI & processor_flags():
        found.append("int8")
    return tuple(found)


def processor_flags() -> set[str]:
    """As Linux names them; none elsewhere."""
    try:
        lines = CPU_INFO.read_text().splitlines()
    except OSError:
        return set()
    return next((set(line.split()) for line in lines if line.startswith("flags")), set())


def hint(precision: Precision, folder: Path) -> Precision:
    """What OpenVINO is asked to compute in; the quantised layers of an int8 model are in the file.

    Raises ModelNotPrepared for int8 on a processor that would overflow.
    """
    if precision in native_precisions():
        return "f32" if precision == "int8" else precision
    if precision == "int8":
        raise ModelNotPrepared(
            f"The model in {folder} computes in int8, for which this processor lacks the "
            "instructions (VNNI). Promote a version in f32, or run this worker on another "
            "processor."
        )
    logger.warning(
        "This processor has no %s: the model in %s computes in f32 here, at the speed of f32.",
        precision,
        folder,
    )
    return "f32"


def normalising(network: openvino.Model, recipe: Recipe) -> openvino.Model:
    """The network with what `preprocessing.normalise` does as its first layers."""
    steps = PrePostProcessor(network)
    pixels = steps.input()
    pixels.tensor().set_element_type(openvino.Type.u8).set_layout(openvino.Layout("NHWC"))
    pixels.model().set_layout(openvino.Layout("NHWC"))
    pixels.preprocess().convert_element_type(openvino.Type.f32)
    pixels.preprocess().mean(list(recipe.mean)).scale(1 / recipe.scale)
    return steps.build()
