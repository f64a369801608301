"""The requests most tests send."""

import time
from typing import Any

from tests.pictures import photograph

# The id of no prediction. Tests' names hold it, and have to be the same in every process.
NOBODYS = "64b44b56-2850-429e-8c7d-ba070cab17d1"


def predict(api: Any, file: Any = None, prefer: str = "", model: str = "") -> Any:
    """`POST /model/predict` with one file, coffee.png unless told."""
    address = f"/model/predict?model={model}" if model else "/model/predict"
    headers = {"HTTP_PREFER": prefer} if prefer else {}
    file = file or photograph()
    return api.post(address, {"file": file}, format="multipart", **headers)


def when_finished(api: Any, address: str) -> dict[str, Any]:
    """The prediction at this address, once a worker has finished it."""
    deadline = time.monotonic() + 60
    while (found := api.get(address).json())["status"] in ("queued", "running"):
        assert time.monotonic() < deadline, found
        time.sleep(0.05)
    return found


def send_many(api: Any, files: list[Any]) -> list[str]:
    """`POST /model/predictions`; the addresses of the predictions."""
    response = api.post("/model/predictions", {"file": files}, format="multipart")
    assert response.status_code == 202
    return [entry["url"] for entry in response.json()]


def states(api: Any, addresses: list[str]) -> list[str]:
    return [api.get(address).json()["status"] for address in addresses]
