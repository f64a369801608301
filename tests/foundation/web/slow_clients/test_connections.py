"""Connections that serve several requests, and how each ends."""

import os
import signal
import socket
import time

import pytest
import requests

from foundation.web.refused import LONG_LINE
from tests.foundation.web.slow_clients.clients import connect
from tests.foundation.web.slow_clients.conftest import process_of
from tests.foundation.web.slow_clients.sent import CLOSE, upload

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = b"GET /accounts/login HTTP/1.1\r\nHost: localhost\r\n\r\n"
SIGN_IN = (
    b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"Content-Length: 2\r\n\r\n{}"
)


def answers(client: socket.socket, many: int) -> list[bytes]:
    """The statuses of this many answers."""
    found = b""
    while found.count(b"HTTP/1.1 ") < many:
        received = client.recv(65536)
        assert received
        found += received
    return [part[:3] for part in found.split(b"HTTP/1.1 ")[1:]]


def test_requests_may_be_sent_before_their_answers(configured):
    with connect(configured()) as client:
        client.sendall(3 * (PAGE + SIGN_IN) + CLOSE)
        assert answers(client, 7) == 3 * [b"200", b"400"] + [b"200"]


def test_a_request_may_come_in_pieces(configured):
    with connect(configured()) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in SIGN_IN + PAGE:
            client.sendall(bytes([byte]))
        assert answers(client, 2) == [b"400", b"200"]


def test_one_without_requests_is_closed(configured):
    site = configured("keepalive = 1")
    with connect(site) as client:
        client.sendall(SIGN_IN)
        assert answers(client, 1) == [b"400"]
        while client.recv(65536):
            pass


def test_a_head_without_end_is_refused(configured):
    with connect(configured()) as client:
        client.sendall(b"GET / HTTP/1.1\r\n" + 8200 * b"X-A: bcdef\r\n")
        assert answers(client, 1) == [b"431"]


def test_an_address_without_end_is_refused_in_json(configured):
    address = f"{configured()}/model?x={5000 * 'a'}"
    answer = requests.get(address, timeout=10)
    assert (answer.status_code, answer.json()["detail"]) == (414, LONG_LINE)


@pytest.mark.parametrize(
    ("refused", "status"),
    [
        (b"GET /model?x=" + 5000 * b"a" + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", b"414"),
        (b"GET / HTTP/1.1\r\n" + 8200 * b"X-A: bcdef\r\n", b"431"),
    ],
)
@pytest.mark.parametrize("pause", [0, 0.5])
def test_a_refused_request_is_the_last_of_its_connection(configured, refused, status, pause):
    """Whether it came with the one before or after the answer to that."""
    site = configured()
    process = process_of(site)
    with connect(site) as client:
        client.sendall(PAGE + (b"" if pause else refused))
        if pause:
            time.sleep(pause)
            client.sendall(refused)
        client.sendall(b"\r\n\r\n" + PAGE)
        found = b""
        while received := client.recv(65536):
            found += received
    answers = [part[:3] for part in found.split(b"HTTP/1.1 ")[1:]]
    assert answers == [b"200", status]
    assert process_of(site) == process


def test_a_fault_with_one_connection_ends_that_alone(configured):
    site = configured("client_socket.ClientSocket.discard = lambda self: 1 / 0")
    process = process_of(site)
    with connect(site) as client, connect(site) as other:
        other.sendall(CLOSE[:-2])
        client.sendall(CLOSE)
        assert client.recv(65536).startswith(b"HTTP/1.1 200 ")
        client.sendall(b"more")
        other.sendall(CLOSE[-2:])
        assert other.recv(65536).startswith(b"HTTP/1.1 200 ")
    assert process_of(site) == process


def test_who_is_under_way_when_the_site_stops_is_served(configured, model, authorization):
    site = configured("client_socket.SECONDS_BEHIND = 20", "# one to stop")
    header = f"Authorization: {authorization['Authorization']}".encode()
    body = upload().partition(b"\r\n\r\n")[2] + b"\r\n--x--"
    request = upload(length=len(body), header=header) + b"\r\n--x--"
    process = process_of(site)
    with connect(site) as client, connect(site) as idle:
        client.sendall(request[:-10])
        idle.sendall(SIGN_IN)
        time.sleep(0.5)
        os.kill(process.pid, signal.SIGTERM)
        time.sleep(0.5)
        client.sendall(request[-10:])
        assert client.recv(65536).startswith(b"HTTP/1.1 202 ")
        process.wait(10)
