"""Connections, memory and disk that clients may take are bounded."""

import os
import socket
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import psutil
import pytest
import requests

from tests.foundation.web.slow_clients.clients import connect, slow_clients
from tests.foundation.web.slow_clients.conftest import SOON, process_of
from tests.foundation.web.slow_clients.sent import CLOSE, IN_HEAD, upload

pytestmark = pytest.mark.django_db(transaction=True)


def test_one_address_cannot_take_all_connections(configured, assert_others_are_served):
    site = configured("worker_connections = 30", "client_socket.SECONDS_BEHIND = 20")
    with connect(site) as patient:
        patient.sendall(CLOSE[:-2])
        with slow_clients(site, 60, IN_HEAD, "127.0.0.2") as slow:
            deadline = time.monotonic() + 10
            while len(slow.over) < 31:
                assert time.monotonic() < deadline
                time.sleep(0.1)
            assert_others_are_served(site)
            assert len(slow.over) < 40
            patient.sendall(CLOSE[-2:])
            assert patient.recv(65536).startswith(b"HTTP/1.1 200 ")


def test_what_is_kept_of_all_requests_is_bounded(configured, authorization):
    """Who sent the most is told, and nobody else."""
    site = configured("buffering_worker.ALL_KEPT = 2_000_000", "client_socket.SECONDS_BEHIND=20")
    with ExitStack() as stack:
        large, *others = [stack.enter_context(connect(site)) for _ in range(4)]
        header = f"Authorization: {authorization['Authorization']}".encode()
        large.sendall(upload(header=header) + bytes(900_000))
        for client in others:
            client.sendall(upload() + bytes(400_000))
        assert large.recv(65536).startswith(b"HTTP/1.1 408 ")
        for client in others:
            client.settimeout(0.5)
            with pytest.raises(TimeoutError):
                client.recv(65536)


def test_what_is_cut_off_stays_on_no_disk(configured, authorization):
    site = configured("buffering_worker.IN_MEMORY = 1_000_000", "# one to look into")
    process = process_of(site)
    before = unnamed_files(process)
    header = f"Authorization: {authorization['Authorization']}".encode()
    with connect(site) as client:
        client.sendall(upload(header=header) + bytes(2_000_000))
        client.shutdown(socket.SHUT_WR)
        assert client.recv(65536).startswith(b"HTTP/1.1 408 ")
    deadline = time.monotonic() + 5
    while left := unnamed_files(process) - before:
        assert time.monotonic() < deadline, left
        time.sleep(0.1)


def test_a_full_disk_is_said(configured):
    site = configured(
        "buffering_worker.IN_MEMORY = 100_000",
        "import tempfile",
        "tempfile.tempdir = '/nowhere'",
    )
    with connect(site) as client:
        client.sendall(upload() + bytes(100_000))
        client.sendall(bytes(100_000))
        answer = client.recv(65536)
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b'{"detail": "The request cannot be buffered; the disk may be full.' in answer
    assert requests.get(f"{site}/health/live", timeout=SOON).ok


def test_large_requests_are_not_held_in_memory(configured, model, authorization):
    site = configured("buffering_worker.IN_MEMORY = 1_000_000")
    process = process_of(site)
    for size in (20_000_000, 80_000_000):  # kept until it is complete, and read by a thread
        before = process.memory_info().rss
        answer = requests.post(
            f"{site}/model/predictions",
            files={"file": ("a.png", bytes(size))},
            headers=authorization,
            timeout=60,
        )
        assert answer.json()[0]["detail"] == "File too large"
        status = Path(f"/proc/{process.pid}/status").read_text()
        peak = int(status.partition("VmHWM:")[2].split()[0])
        assert 1024 * peak - before < 15_000_000


def unnamed_files(process: psutil.Process) -> set[str]:
    names = set()
    for descriptor in Path(f"/proc/{process.pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            names.add(os.readlink(descriptor))
    return {name for name in names if name.endswith("(deleted)")}
