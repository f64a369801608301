"""Closed-loop clients: each sends its next picture when it has the answer to the last one."""

import http.client
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Load:
    """What a run of clients saw. Latencies in milliseconds, sorted."""

    clients: int
    seconds: float
    latencies: list[float]
    errors: int
    overheads: list[float]  # by the service's own Server-Timing: all but inference, as it came

    @property
    def throughput(self) -> float:
        return len(self.latencies) / self.seconds

    def percentile(self, percent: float) -> float:
        return self.latencies[
            min(len(self.latencies) - 1, int(len(self.latencies) * percent / 100))
        ]


def multipart(picture: bytes) -> tuple[bytes, str]:
    """The body of an upload and its content type (RFC 7578)."""
    boundary = uuid.uuid4().hex
    head = (
        f"--{boundary}\r\n"
        'Content-Disposition: form-data; name="file"; filename="picture.jpeg"\r\n'
        "Content-Type: image/jpeg\r\n\r\n"
    )
    return head.encode() + picture + f"\r\n--{boundary}--\r\n".encode(), (
        f"multipart/form-data; boundary={boundary}"
    )


def server_timing(header: str) -> dict[str, float]:
    """Milliseconds by stage."""
    stages = (stage.partition(";dur=") for stage in header.split(", ") if stage)
    return {name: float(milliseconds) for name, _, milliseconds in stages}


def run(
    host: str,
    port: int,
    path: str,
    pictures: Sequence[bytes],
    clients: int,
    headers: dict[str, str] | None = None,
    check: Callable[[bytes], bool] = lambda answer: True,
) -> Load:
    """Sends every picture once, over as many kept-open connections as there are clients."""
    bodies = [multipart(picture) for picture in pictures]
    todo = iter(range(len(bodies)))
    lock = threading.Lock()
    latencies: list[float] = []
    overheads: list[float] = []
    errors = [0]

    def client() -> None:
        connection = http.client.HTTPConnection(host, port, timeout=120)
        while True:
            with lock:
                index = next(todo, None)
            if index is None:
                return
            body, content_type = bodies[index]
            began = time.perf_counter()
            connection.request(
                "POST", path, body, {"Content-Type": content_type, **(headers or {})}
            )
            response = connection.getresponse()
            answer = response.read()
            took = (time.perf_counter() - began) * 1000
            stages = server_timing(response.getheader("Server-Timing", ""))
            with lock:
                latencies.append(took)
                if "inference" in stages:
                    overheads.append(stages["total"] - stages["inference"])
                if response.status != 200 or not check(answer):
                    errors[0] += 1

    threads = [threading.Thread(target=client) for _ in range(clients)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Load(clients, time.perf_counter() - began, sorted(latencies), errors[0], overheads)
