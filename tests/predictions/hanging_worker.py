"""A worker whose decoder never comes back from pictures of one colour, or whose engine from any.

Its patience is short. `--worker-class tests.predictions.hanging_worker.HangingWorker`.
"""

import os
import time
from typing import Any

import numpy as np
from PIL import Image

from predictions.inference import pictures
from predictions.inference.engines.openvino import OpenVINOEngine
from predictions.queueing import stuck, worker
from predictions.queueing.worker import PredictionWorker

HANGING = (255, 0, 255)

decode, predict = pictures.decode, OpenVINOEngine.predict


def hanging_decode(*args: Any) -> Image.Image:
    image = decode(*args)
    while image.getpixel((0, 0)) == HANGING:
        time.sleep(1)
    return image


def hanging_predict(self: OpenVINOEngine, batch: np.ndarray) -> Any:
    while batch.any() and "ENGINE_HANGS" in os.environ:  # not in the blank first run
        time.sleep(1)
    return predict(self, batch)


class HangingWorker(PredictionWorker):
    def bootstrap(self, *args: Any, **kwargs: Any) -> None:
        pictures.decode = hanging_decode
        OpenVINOEngine.predict = hanging_predict  # type: ignore[method-assign]
        stuck.DECODE_SECONDS = worker.DECODE_SECONDS = 3
        stuck.IDLE_STOP_SECONDS = 1
        stuck.STOP_SECONDS = int(os.environ.get("STOP_SECONDS", 2))
        worker.HANGS_AFTER = 1
        super().bootstrap(*args, **kwargs)
