"""Webhooks reach public addresses only, within limits of time, and over TLS that is checked."""

import socket
import ssl
import threading
import time
from contextlib import closing
from ipaddress import ip_address

import pytest
from django.core.exceptions import ValidationError

from predictions.webhooks import addresses, client
from predictions.webhooks.addresses import clean, is_public

PRIVATE = [
    *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1"),
    *("0.0.0.0", "255.255.255.255", "224.0.0.1", "192.0.2.1", "198.18.0.1", "240.0.0.1"),
    *("::1", "::", "fe80::1", "fc00::1", "fec0::1", "ff02::1", "2001:db8::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::10.0.0.1", "2002:7f00:1::"),
    *("2001:0:4136:e378:8000:63bf:3fff:fdd2", "::127.0.0.1"),
]
PUBLIC = ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "::ffff:93.184.216.34"]


@pytest.mark.parametrize("address", PRIVATE)
def test_private_and_special_addresses_are_not_public(address):
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_other_addresses_are_public(address):
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        *("http://example.org/", "ftp://example.org/", "example.org", "https://", "//example.org"),
        *("https://user:secret@example.org/", "https://example.org:0/", "https://example.org:x/"),
        *(
            "https://example.org/\r\nX: y",
            "https://example.org/a b",
            "https://[::1/",
            "https://é/é",
        ),
        *("https://localhost/", "https://x.localhost/", "https://127.0.0.1/", "https://[::1]/"),
        *("https://169.254.169.254/latest", "https://example.org/" + "a" * 500),
    ],
)
def test_an_address_that_is_not_accepted_is_refused_when_the_webhook_is_made(api, db, url):
    response = api.post("/webhooks", {"url": url})
    assert response.status_code == 400
    assert list(response.json()) == ["url"]


def test_an_address_is_kept_with_its_host_in_ascii_and_without_a_fragment():
    assert clean(" https://BÜCHER.example:8443/a?b=c#d ") == (
        "https://xn--bcher-kva.example:8443/a?b=c"
    )


def test_http_and_private_addresses_take_a_setting(settings):
    with pytest.raises(ValidationError):
        clean("http://10.0.0.1/")
    settings.WEBHOOKS_TO_PRIVATE_ADDRESSES = True
    assert clean("http://receiver:5678/") == "http://receiver:5678/"


@pytest.mark.parametrize("host", ["localhost", "2130706433", "0x7f.1", "127.1"])
def test_a_name_of_this_machine_is_not_connected_to(host):
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        listener.settimeout(0.2)
        outcome = client.post(f"https://{host}:{listener.getsockname()[1]}/", b"{}", {})
        assert outcome.status is None
        assert "not public" in outcome.error
        with pytest.raises(TimeoutError):
            listener.accept()


def test_one_private_address_among_public_ones_is_enough_to_refuse(monkeypatch):
    def found(host, port, **_):
        return [(2, 1, 6, "", (address, port)) for address in ("93.184.216.34", "10.0.0.1")]

    monkeypatch.setattr(addresses.socket, "getaddrinfo", found)  # the world's name servers
    assert "not public" in client.post("https://example.org/", b"{}", {}).error


def test_the_address_that_was_checked_is_the_one_that_is_connected_to(receiver, monkeypatch):
    """A name server that answers differently the next time changes nothing."""
    port, asked = receiver.server.server_port, []

    def found(host, *_args, **_kwargs):
        asked.append(host)
        return [(2, 1, 6, "", ("127.0.0.1", port))]

    real = socket.getaddrinfo
    monkeypatch.setattr(
        addresses.socket,
        "getaddrinfo",
        lambda host, *a, **k: found(host) if host == "rebinding.example" else real(host, *a, **k),
    )
    outcome = client.post(f"http://rebinding.example:{port}/x", b"{}", {})
    assert outcome.status == 204
    assert asked == ["rebinding.example"]
    ((_, headers, _),) = receiver.received
    assert headers["Host"] == f"rebinding.example:{port}"


@pytest.mark.parametrize("says", [b"", b"H", b"HTTP/1.1 200 OK\r\nX: ", b"220 smtp ready\r\n"])
def test_a_receiver_that_drips_is_left_after_a_while(settings, monkeypatch, says):
    settings.WEBHOOKS_TO_PRIVATE_ADDRESSES = True
    monkeypatch.setattr(client, "ALL_SECONDS", 1)
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def drip():
            connection, _ = listener.accept()
            with connection:
                try:
                    connection.sendall(says)
                    for _ in range(100):
                        time.sleep(0.1)
                        connection.sendall(b"x")
                except OSError:
                    pass  # it was left

        thread = threading.Thread(target=drip)
        thread.start()
        began = time.monotonic()
        outcome = client.post(f"http://127.0.0.1:{listener.getsockname()[1]}/", b"{}", {})
        assert time.monotonic() - began < 3
        assert outcome.status is None
        thread.join()


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("http://127.0.0.1:1/", "No response: [Errno 111] Connection refused"),
        ("http://nobody.invalid/", "The host is unknown."),
    ],
)
def test_a_server_that_is_not_there_is_said(settings, url, error):
    settings.WEBHOOKS_TO_PRIVATE_ADDRESSES = True
    assert client.post(url, b"{}", {}) == (None, error, 0)


def test_a_certificate_has_to_be_trusted_and_of_that_host(receiver, certificate, monkeypatch):
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(certificate)
    listening = receiver.server.socket
    receiver.server.socket = server.wrap_socket(listening, server_side=True)
    port = receiver.server.server_port
    assert client.post(f"https://localhost:{port}/", b"{}", {}).error.startswith("TLS: CERTIFICATE")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert client.post(f"https://localhost:{port}/", b"{}", {}).status == 204
    assert client.post(f"https://127.0.0.1:{port}/", b"{}", {}).error.startswith("TLS: CERTIFICATE")
