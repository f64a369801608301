"""Many clients at once that send or read next to nothing."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from urllib.parse import urlsplit

ANSWERED, CLOSED = "answered", "closed"


def connect(site: str, source: str = "127.0.0.1", buffer: int = 0) -> socket.socket:
    client = socket.socket()
    if buffer:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    client.settimeout(30)
    client.bind((source, 0))
    client.connect(("127.0.0.1", urlsplit(site).port))
    return client


class SlowClients:
    """Each sends `first`, and from then on a byte four times a second, or reads a hundred."""

    def __init__(self, site: str, many: int, first: bytes, source: str, reads: bool) -> None:
        self.reads = reads
        self.answers: dict[socket.socket, bytes] = {}
        self.over: set[socket.socket] = set()
        self.clients = [connect(site, source, buffer=2048 if reads else 0) for _ in range(many)]
        for client in self.clients:
            client.sendall(first)
            client.setblocking(False)
        self.ending = Event()
        self.thread = Thread(target=self.go_on)
        self.thread.start()

    def go_on(self) -> None:
        while not self.ending.wait(0.25):
            for client in self.clients:
                if client in self.over:
                    continue
                try:
                    if not (data := client.recv(100 if self.reads else 65536)):
                        self.over.add(client)
                    self.answers[client] = (self.answers.get(client, b"") + data)[:1000]
                except BlockingIOError:
                    pass
                except OSError:
                    self.over.add(client)
                if not self.reads and client not in self.over and client not in self.answers:
                    try:
                        client.send(b"x")
                    except OSError:
                        self.over.add(client)

    def wait_until_all_are_over(self, seconds: float) -> None:
        """Their connections closed, or that they were told why not."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            told = {client for client, answer in self.answers.items() if b" 408 " in answer[:14]}
            if len(self.over | told) == len(self.clients):
                return
            time.sleep(0.1)
        raise AssertionError(f"{len(self.over | told)} of {len(self.clients)} are over")

    def end(self) -> None:
        self.ending.set()
        self.thread.join()
        for client in self.clients:
            client.close()


@contextmanager
def slow_clients(
    site: str, many: int, first: bytes, source: str = "127.0.0.1", *, reads: bool = False
) -> Iterator[SlowClients]:
    clients = SlowClients(site, many, first, source, reads)
    try:
        yield clients
    finally:
        clients.end()
