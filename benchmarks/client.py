"""Closed-loop clients: each sends its next picture when it has the answer to the last one."""

import re
import socket
import threading
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Load:
    """What a run of clients saw. Latencies in milliseconds, sorted."""

    clients: int
    seconds: float
    latencies: list[float]
    errors: int
    stages: list[
        dict[str, float]
    ]  # of each answer by the service's own Server-Timing, as they came

    @property
    def overheads(self) -> list[float]:
        """All but inference."""
        return [
            spent["total"] - spent["inference"] for spent in self.stages if "inference" in spent
        ]

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


def upload(path: str, picture: bytes, headers: dict[str, str]) -> bytes:
    """The whole request, made before the clock runs."""
    body, content_type = multipart(picture)
    lines = {
        "Host": "localhost",
        "Content-Type": content_type,
        "Content-Length": str(len(body)),
        **headers,
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + body


class Connection:
    """Kept-open HTTP/1.1 over a bare socket: a client must not cost what it is to measure."""

    def __init__(self, host: str, port: int) -> None:
        self.socket = socket.create_connection((host, port), timeout=120)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, request: bytes) -> tuple[bytes, bytes]:
        """Head and body of the answer, which must say its length."""
        self.socket.sendall(request)
        received = b""
        while b"\r\n\r\n" not in received:
            received += self.receive()
        head, _, body = received.partition(b"\r\n\r\n")
        length = int(field(head, b"content-length"))
        while len(body) < length:
            body += self.receive()
        return head, body

    def receive(self) -> bytes:
        received = self.socket.recv(65536)
        if not received:
            raise ConnectionError("The server has closed the connection.")
        return received


def field(head: bytes, name: bytes) -> bytes:
    """A header's value; empty if there is none."""
    found = re.search(rb"(?im)^" + name + rb":[ ]*(.*?)\r?$", head)
    return found[1] if found else b""


def server_timing(header: bytes) -> dict[str, float]:
    """Milliseconds by stage."""
    stages = (stage.partition(";dur=") for stage in header.decode().split(", ") if stage)
    return {name: float(milliseconds) for name, _, milliseconds in stages}


def run(
    host: str,
    port: int,
    path: str,
    pictures: Sequence[bytes],
    clients: int,
    headers: dict[str, str] | None = None,
) -> Load:
    """Sends every picture once, over as many kept-open connections as there are clients."""
    requests = [upload(path, picture, headers or {}) for picture in pictures]
    todo = iter(requests)
    lock = threading.Lock()
    answers: list[tuple[float, bytes]] = []

    def client() -> None:
        connection = Connection(host, port)
        while True:
            with lock:
                request = next(todo, None)
            if request is None:
                return
            began = time.perf_counter()
            head, _ = connection.ask(request)
            took = (time.perf_counter() - began) * 1000
            with lock:
                answers.append((took, head))

    threads = [threading.Thread(target=client) for _ in range(clients)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - began
    stages = [server_timing(field(head, b"server-timing")) for _, head in answers]
    return Load(
        clients,
        seconds,
        sorted(took for took, _ in answers),
        len(pictures) - sum(b" 200 " in head.partition(b"\r\n")[0] for _, head in answers),
        stages,
    )
