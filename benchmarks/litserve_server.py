"""What an engineer would write by hand: LitServe in front of the same exported model.

No accounts, no database, no queue that outlives the process. Run as
`python -m benchmarks.litserve_server MODEL_FOLDER PORT DECODING BATCH_SIZE WORKERS`; DECODING is
`plain`, as tutorials do it, or `own`, as this project does.
"""

import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import litserve
import numpy as np
from fastapi import Request
from PIL import Image

from predictions.inference.engines import load_engine
from predictions.inference.labels import labels
from predictions.inference.preprocessing import Recipe, open_image, preprocess
from predictions.inference.ranking import top_k


def plain(content: bytes, recipe: Recipe) -> np.ndarray:
    """Pillow decodes every pixel and scales: `Resize` and `CenterCrop` of torchvision, or Keras'
    `load_img(target_size=…)`. No limits, no Exif, no colour profiles.
    """
    image = Image.open(io.BytesIO(content)).convert("RGB")
    side = recipe.size
    if recipe.shorter_side is None:
        image = image.resize((side, side), recipe.resample)
    else:
        scale = recipe.shorter_side / min(image.size)
        image = image.resize(
            (round(image.width * scale), round(image.height * scale)), recipe.resample
        )
        left, upper = (image.width - side) // 2, (image.height - side) // 2
        image = image.crop((left, upper, left + side, upper + side))
    pixels = np.asarray(image)
    return pixels if recipe.channels == "RGB" else pixels[..., ::-1]


def own(content: bytes, recipe: Recipe) -> np.ndarray:
    return preprocess(open_image(content, least_side=recipe.least_side), recipe)


class ClassifierAPI(litserve.LitAPI):
    folder: Path
    decode: Callable[[bytes, Recipe], np.ndarray]

    def setup(self, device: str) -> None:
        self.engine = load_engine("openvino", self.folder)

    def decode_request(self, request: Request) -> np.ndarray:
        return self.decode(request["file"].file.read(), self.engine.recipe)

    def predict(self, x: Any) -> Any:
        batch = x if self.max_batch_size > 1 else x[np.newaxis]
        probabilities, _ = self.engine.predict(np.asarray(batch))
        return probabilities if self.max_batch_size > 1 else probabilities[0]

    def encode_response(self, output: np.ndarray) -> dict[str, Any]:
        ranked = top_k(output, labels())
        return {
            "prediction": ranked[0].label.name,
            "score": round(ranked[0].score, 4),
            "top_k": [{"label": label.name, "score": round(score, 4)} for label, score in ranked],
        }


if __name__ == "__main__":
    folder, port, decoding, batch_size, workers = sys.argv[1:]
    api = ClassifierAPI(max_batch_size=int(batch_size), batch_timeout=0.005)
    api.folder = Path(folder)
    api.decode = {"plain": plain, "own": own}[decoding]
    server = litserve.LitServer(
        api, accelerator="cpu", timeout=120, workers_per_device=int(workers)
    )
    server.run(host="127.0.0.1", port=int(port), generate_client_file=False, log_level="warning")
