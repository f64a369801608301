"""The link in a mail leads to the site, whatever address the request named."""

import re

import pytest

from accounts import outbox


@pytest.fixture
def link(client, ada, mailoutbox, settings):
    settings.ALLOWED_HOSTS = ["localhost", "[::1]", "classifier.example.org"]

    def ask(**request):
        client.post("/accounts/password-reset", {"email": ada.email}, **request)
        assert outbox.send_next()
        [(address, _path)] = re.findall(r"(https?://[^/\s]+)(/\S+)", mailoutbox[-1].body)
        return address

    return ask


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("localhost:6666", "http://localhost:8000"),
        ("localhost:8000", "http://localhost:8000"),
        ("localhost", "http://localhost:8000"),
        ("[::1]:6666", "http://[::1]:8000"),
    ],
)
def test_links_use_the_port_on_which_the_site_listens(link, host, address):
    assert link(headers={"Host": host}, SERVER_PORT="8000") == address


def test_links_omit_the_default_port(link):
    assert link(headers={"Host": "localhost:6666"}, SERVER_PORT="80") == "http://localhost"


@pytest.mark.parametrize("host", ["classifier.example.org:6666", "classifier.example.org"])
def test_links_behind_a_proxy_use_the_default_port(link, settings, host):
    settings.NUM_PROXIES = 1
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    headers = {"Host": host, "X-Forwarded-Proto": "https"}

    assert link(headers=headers, SERVER_PORT="8000") == "https://classifier.example.org"


def test_links_use_site_url(link, settings):
    settings.SITE_URL = "https://classifier.example.org:8443"

    assert link(headers={"Host": "localhost:6666"}) == "https://classifier.example.org:8443"
