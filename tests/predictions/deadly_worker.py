"""A worker whose engine ends the process when it meets a picture of one colour, without a word.

What a crash in a decoder or an engine looks like from outside. Run in a process of its own, with
the queues to work on: `python -m tests.predictions.deadly_worker predictions bulk`.
"""

import os
import sys

import numpy as np

DEADLY = (255, 0, 255)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "classifier_site.settings")
    import django

    django.setup()
    from django.core.management import call_command
    from PIL import Image

    from predictions import jobs
    from predictions.inference.engines.openvino import OpenVINOEngine

    class DeadlyEngine(OpenVINOEngine):
        def predict(self, batch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            deadly = self.preprocess(Image.new("RGB", (32, 24), DEADLY))
            if any(np.array_equal(picture, deadly) for picture in batch):
                os._exit(66)
            return super().predict(batch)

    def load_engine(kind, folder, **options):  # type: ignore[no-untyped-def]
        from predictions.inference.preprocessing import RECIPES
        from predictions.inference.store import Manifest

        return DeadlyEngine(folder, RECIPES[Manifest.read(folder).recipe], **options)

    jobs.load_engine = load_engine
    call_command("rqworker", *sys.argv[1:])


if __name__ == "__main__":
    main()
