"""Clients that stop in the middle of a request or of its answer: none keeps a thread for ever."""

import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from accounts.services import issue_tokens
from tests.foundation.web.slow_clients.clients import connect
from tests.serving import CONFIGURATION

HEAD = b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
JSON = HEAD + b'Content-Length: 100\r\n\r\n{"user'


@pytest.fixture(scope="module")
def whole_log(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("site") / "log"


@pytest.fixture(scope="module")
def site(serve, whole_log) -> str:
    """It has four threads, and waits a second for its clients."""
    shorter = whole_log.with_name("gunicorn.conf.py")
    shorter.write_text(
        f"{CONFIGURATION.read_text()}\n"
        "from foundation.web import client_socket\n"
        "client_socket.SECONDS_BEHIND = 1\n"
    )
    return serve(shorter, whole_log, WEB_THREADS="4")


@pytest.fixture
def log(site, whole_log) -> Callable[[], str]:
    """What the site has logged during the test."""
    before = len(whole_log.read_text())
    return lambda: whole_log.read_text()[before:]


def multipart(user) -> bytes:
    """The beginning of a picture."""
    return (
        b"POST /model/predict HTTP/1.1\r\nHost: localhost\r\n"
        b"Authorization: Bearer " + issue_tokens(user).access.encode() + b"\r\n"
        b"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 90000\r\n\r\n"
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n\x89PNG'
    )


@pytest.mark.parametrize("kind", ["json", "multipart"])
def test_who_stops_in_a_body_is_told_and_nothing_is_wrong_here(
    transactional_db, site, log, user, kind
):
    with connect(site) as stalled:
        stalled.sendall(JSON if kind == "json" else multipart(user))
        answer = b""
        while received := stalled.recv(4096):
            answer += received
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'{"detail": "The request did not arrive in full. Send it again.", "code": ' in answer
    assert "Traceback" not in log()


def test_so_is_who_stops_on_a_page(transactional_db, site, user):
    head = (
        b"POST /accounts/login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\n"
        b"Cookie: csrftoken=" + 32 * b"a" + b"\r\n\r\nuser"
    )
    with connect(site) as stalled:
        stalled.sendall(head)
        answer = b""
        while received := stalled.recv(4096):
            answer += received
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"did not arrive in full" in answer


FORM = b"username=Half+a+na"


@pytest.mark.parametrize("kind", ["form", "multipart"])
def test_what_is_cut_off_by_its_sender_changes_nothing(transactional_db, site, log, user, kind):
    """Who closes the connection, not only who stalls: half a password would be stored else."""
    head = (
        f"PATCH /users/{user.pk} HTTP/1.1\r\nHost: localhost\r\n".encode()
        + b"Authorization: Bearer "
        + issue_tokens(user).access.encode()
        + b"\r\n"
        + b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 500\r\n\r\n"
    )
    with connect(site) as gone:
        gone.sendall(head + FORM if kind == "form" else multipart(user))
        gone.shutdown(socket.SHUT_WR)
        answer = b""
        while received := gone.recv(4096):
            answer += received
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"did not arrive in full" in answer
    user.refresh_from_db()
    assert user.username == "ada"
    assert not user.predictions.exists()
    assert "Traceback" not in log()


def test_who_stops_in_the_headers_is_no_news(site, log):
    with connect(site) as stalled:
        stalled.sendall(HEAD)
        assert stalled.recv(4096) == b""
    assert "Traceback" not in log()


def test_who_does_not_read_an_answer_keeps_no_thread(site, log):
    """Of what is larger than the buffers between: a script of the API's pages, in its full size."""
    page = requests.get(f"{site}/redoc", timeout=20).text
    script = next(part for part in page.split('"') if part.endswith(".js") and "redoc" in part)
    with ExitStack() as silent:
        for _ in range(4):
            reader = socket.socket()
            silent.enter_context(reader)
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            reader.connect(("127.0.0.1", urlsplit(site).port))
            for _ in range(8):  # one after the other, as a connection that is kept open may
                reader.sendall(f"GET {script} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        time.sleep(1)
        assert requests.get(f"{site}/health/live", timeout=20).ok
    assert "Traceback" not in log()
