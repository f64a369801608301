"""A worker whose engine fails over pictures of certain colours.

Over one it ends the process without a word, which is what a crash in a decoder or an engine looks
like from outside; over another it raises, over the third it answers NaN. Run in a process of its
own, with the queues to work on: `python -m tests.predictions.deadly_worker predictions bulk`.
"""

import os
import sys

import numpy as np

DEADLY, RAISING, CONFUSING = (255, 0, 255), (255, 255, 0), (0, 255, 255)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "classifier_site.settings")
    import django

    django.setup()
    from django.core.management import call_command
    from PIL import Image

    from predictions.inference.engines.openvino import OpenVINOEngine

    class DeadlyEngine(OpenVINOEngine):
        def places(self, batch: np.ndarray, colour: tuple[int, int, int]) -> list[int]:
            marked = self.preprocess(Image.new("RGB", (32, 24), colour))
            return [at for at, picture in enumerate(batch) if np.array_equal(picture, marked)]

        def predict(self, batch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            if self.places(batch, DEADLY):
                os._exit(66)
            if self.places(batch, RAISING):
                raise RuntimeError("no such colour")
            probabilities, features = super().predict(batch)
            probabilities[self.places(batch, CONFUSING)] = np.nan
            return probabilities, features

    def load_engine(kind, folder, **options):  # type: ignore[no-untyped-def]
        from predictions.inference.preprocessing import RECIPES
        from predictions.inference.store import Manifest

        return DeadlyEngine(folder, RECIPES[Manifest.read(folder).recipe], **options)

    from predictions.registry import engines

    engines.load_engine = load_engine
    call_command("rqworker", *sys.argv[1:])


if __name__ == "__main__":
    main()
