"""Senders that stop in the middle of a request: none of them keeps a thread for ever."""

import socket
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest
import requests

from tests.site.conftest import CONFIGURATION

HEAD = b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize("sent", [HEAD, HEAD + b'Content-Length: 100\r\n\r\n{"user'])
def test_the_site_answers_others(serve, tmp_path, sent):
    shorter = tmp_path / "gunicorn.conf.py"
    shorter.write_text(f"{CONFIGURATION.read_text()}\nREAD_SECONDS = 1\n")
    site = serve(shorter, WEB_THREADS="4")
    with ExitStack() as stalled:
        for _ in range(4):
            sender = socket.create_connection(("127.0.0.1", urlsplit(site).port))
            stalled.enter_context(sender).sendall(sent)
        assert requests.get(f"{site}/health/live", timeout=20).ok
