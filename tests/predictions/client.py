"""The requests most tests send."""

import time
from typing import Any

from tests.pictures import photograph


def predict(api: Any, file: Any = None, prefer: str = "") -> Any:
    """`POST /model/predict` with one file, coffee.png unless told."""
    headers = {"HTTP_PREFER": prefer} if prefer else {}
    file = file or photograph()
    return api.post("/model/predict", {"file": file}, format="multipart", **headers)


def when_finished(api: Any, address: str) -> dict[str, Any]:
    """The prediction at this address, once a worker has finished it."""
    deadline = time.monotonic() + 60
    while (found := api.get(address).json())["status"] in ("queued", "running"):
        assert time.monotonic() < deadline, found
        time.sleep(0.05)
    return found
