"""Clients that send a byte now and then, or read one: others are answered, and they are ended."""

import time
from contextlib import ExitStack

import pytest
import requests

from tests.foundation.web.slow_clients.clients import connect, slow_clients
from tests.foundation.web.slow_clients.conftest import process_of
from tests.foundation.web.slow_clients.sent import CLOSE, IN_HEAD, SIGN_IN, upload
from tests.pictures import photograph

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    "first",
    [
        pytest.param(b"G", id="in their first line"),
        pytest.param(IN_HEAD, id="in their headers"),
        pytest.param(SIGN_IN, id="in a form"),
        pytest.param(upload(b"/model/predict"), id="in an upload"),
        pytest.param(upload() + bytes(200_000), id="in an upload that began fast"),
        pytest.param(upload(length=30_000_000), id="in a request too large to keep"),
        pytest.param(upload(header=b"Expect: 100-continue"), id="after they were told to go on"),
        pytest.param(
            upload().replace(b"Content-Length: 9000000", b"Transfer-Encoding: chunked"),
            id="in chunks",
        ),
    ],
)
def test_others_are_served_and_slow_senders_ended(configured, assert_others_are_served, first):
    site = configured()
    with slow_clients(site, 40, first) as slow:
        assert_others_are_served(site)
        slow.wait_until_all_are_over(15)
        assert_others_are_served(site)


def test_others_are_served_beside_two_hundred(configured, assert_others_are_served):
    site = configured("client_socket.SECONDS_BEHIND = 20")
    with slow_clients(site, 200, IN_HEAD), slow_clients(site, 200, upload(b"/model/predict")):
        assert_others_are_served(site)


def test_others_are_served_and_slow_readers_ended(configured, assert_others_are_served):
    """Of a file, which no thread has to send, and which is larger than what the kernel takes."""
    site = configured()
    page = requests.get(f"{site}/redoc", timeout=20).text
    script = next(part for part in page.split('"') if part.endswith(".js") and "redoc" in part)
    reading = f"GET {script} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    with slow_clients(site, 40, 4 * reading, reads=True):
        assert_others_are_served(site)
        deadline = time.monotonic() + 15
        while len(connections(site)) > 2:
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_who_does_not_close_a_connection_holds_nobody(configured, assert_others_are_served):
    site = configured()
    with ExitStack() as stack:
        for _ in range(40):
            stack.enter_context(connect(site)).sendall(CLOSE)
        assert_others_are_served(site)


def test_who_is_slow_but_keeps_the_pace_is_served(configured, model, authorization):
    """Three times as long as anybody may do nothing, at twice the pace that is asked for."""
    site = configured("client_socket.BYTES_PER_SECOND = 10_000")
    header = f"Authorization: {authorization['Authorization']}".encode()
    content = photograph("coffee.png").read()[:120_000]
    body = upload(length=0, header=header).partition(b"\r\n\r\n")[2][:-4] + content + b"\r\n--x--"
    with connect(site) as client:
        head = upload(length=len(body), header=header).partition(b"\r\n\r\n")[0]
        client.sendall(head + b"\r\n\r\n")
        for begin in range(0, len(body), 5000):
            client.sendall(body[begin : begin + 5000])
            time.sleep(0.25)
        assert client.recv(65536).startswith(b"HTTP/1.1 202 ")


def test_who_reads_slowly_but_keeps_the_pace_gets_all(configured):
    site = configured("client_socket.BYTES_PER_SECOND = 50_000")
    page = requests.get(f"{site}/redoc", timeout=20).text
    script = next(part for part in page.split('"') if part.endswith(".js") and "redoc" in part)
    whole = requests.get(f"{site}{script}", headers={"Accept-Encoding": ""}, timeout=20).content
    with connect(site, buffer=2048) as client:
        client.sendall(f"GET {script} HTTP/1.0\r\nHost: localhost\r\n\r\n".encode())
        received = bytearray()
        while data := client.recv(40_000):
            received += data
            time.sleep(len(data) / 200_000)
    assert received.endswith(whole)


def test_an_upload_is_not_cut_off_for_those_who_come_again_and_again(
    configured, model, authorization
):
    """Of two threads that wait for clients; each newcomer seems faster than the upload."""
    site = configured()
    header = f"Authorization: {authorization['Authorization']}".encode()
    expecting = SIGN_IN.replace(b"Content-Type", b"Expect: 100-continue\r\nContent-Type")
    with ExitStack() as opened:
        client = opened.enter_context(connect(site, "127.0.0.9"))
        client.sendall(upload(length=30_000_000, header=header))
        for _ in range(16):
            opened.enter_context(connect(site)).sendall(expecting)
            client.sendall(4000 * b"x")
            time.sleep(0.25)
        client.setblocking(False)
        with pytest.raises(BlockingIOError):  # nothing has been answered yet, nor is it closed
            client.recv(1)


def connections(site: str) -> list[object]:
    return [each for each in process_of(site).net_connections() if each.status == "ESTABLISHED"]
