"""`manage.py` of a service whose engine computes nothing: as if a processor elsewhere did.

    PRETEND_MS=50 python -m benchmarks.pretend up

Each picture takes so many milliseconds of sleep, and its decoding as good as nothing. All the rest
is as in production: requests, files, rows, jobs, answers.
"""

import os
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from classifier_site import environment
from classifier_site.one_machine.environment import complete_environment


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "classifier_site.settings")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as manage.py does
    complete_environment(environment.process, create=sys.argv[1:2] == ["up"])
    import django

    django.setup()
    from django.core.management import execute_from_command_line

    from classifier_site.management.commands import up
    from predictions.inference import pictures
    from predictions.inference.engines.engine import Engine
    from predictions.inference.preprocessing import RECIPES, preprocess
    from predictions.inference.store import Manifest
    from predictions.registry import engines

    seconds = float(os.environ["PRETEND_MS"]) / 1000

    class PretendingEngine(Engine):
        """Answers the same for every picture."""

        def __init__(self, manifest: Manifest) -> None:
            super().__init__(RECIPES[manifest.recipe])
            self.features = np.ones(manifest.feature_size, dtype=np.float32)
            self.probabilities = np.full(1000, 0.001, dtype=np.float32)
            self.pixels = preprocess(Image.new("RGB", (300, 300)), self.recipe)

        def preprocess(self, image: Image.Image) -> np.ndarray:
            return self.pixels

        def predict(self, batch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            if seconds:
                time.sleep(seconds * len(batch))
            return (
                np.tile(self.probabilities, (len(batch), 1)),
                np.tile(self.features, (len(batch), 1)),
            )

    def load_engine(_kind: str, folder: Path, **_options: Any) -> Engine:
        return PretendingEngine(Manifest.read(folder))

    blank = Image.new("RGB", (300, 300))
    blank.info = {"icc_profile": b""}

    def decode(*_arguments: Any) -> Image.Image:
        return blank

    engines.load_engine = load_engine
    pictures.decode = decode
    # Its workers, too, are to be of this kind.
    up._manage = lambda: [sys.executable, "-m", "benchmarks.pretend"]
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
