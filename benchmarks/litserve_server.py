"""What an engineer would write by hand: LitServe in front of the same exported model.

No accounts, no database, no queue that outlives the process. Run as
`python -m benchmarks.litserve_server MODEL_FOLDER PORT BATCH_SIZE`.
"""

import sys
from pathlib import Path
from typing import Any

import litserve
import numpy as np
from fastapi import Request

from predictions.inference.engines import load_engine
from predictions.inference.labels import labels
from predictions.inference.preprocessing import open_image
from predictions.inference.ranking import top_k


class ClassifierAPI(litserve.LitAPI):
    folder: Path

    def setup(self, device: str) -> None:
        self.engine = load_engine("openvino", self.folder)

    def decode_request(self, request: Request) -> np.ndarray:
        return self.engine.preprocess(open_image(request["file"].file.read()))

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
    folder, port, batch_size = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    api = ClassifierAPI(max_batch_size=batch_size, batch_timeout=0.005)
    api.folder = folder
    litserve.LitServer(api, accelerator="cpu", timeout=120).run(
        host="127.0.0.1", port=port, generate_client_file=False, log_level="warning"
    )
