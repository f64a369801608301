"""deploy/caddy/Caddyfile, by the real Caddy in front of the real site."""

import json
import os
import re
import socket
import ssl
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from http.client import HTTPSConnection
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
import requests

from accounts.services import issue_tokens
from tests.conftest import PROJECT
from tests.operations.programs import find_or_install
from tests.ports import free_port

pytestmark = [pytest.mark.heavy, pytest.mark.django_db]
FOLDER = PROJECT / "deploy" / "caddy"
ADDRESS = "localhost"
TOO_MANY = 30_000_000  # bytes of a body


class Proxy:
    """Caddy with ports of ours and its own authority; its program keeps both in `folder`."""

    def __init__(self, folder, upstream, stack, patience="10s"):
        self.https, self.http = free_port(), free_port()
        kept = folder / "data" / "caddy"
        self.root = kept / "pki" / "authorities" / "local" / "root.crt"
        self.certificate = kept / "certificates" / "local" / ADDRESS / f"{ADDRESS}.crt"
        text = (FOLDER / "Caddyfile").read_text()
        ports = f"\thttps_port {self.https}\n\thttp_port {self.http}\n\tskip_install_trust\n"
        text = text.replace("\tadmin off\n", f"\tadmin off\n{ports}", 1)
        assert text.count("web:8000") == 1
        text = text.replace("web:8000", upstream).replace("/etc/caddy", str(FOLDER))
        text = text.replace("lb_try_duration 10s", f"lb_try_duration {patience}", 1)
        (folder / "Caddyfile").write_text(text)
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [find_or_install("caddy"), "run", "--config", str(folder / "Caddyfile")],
                env={
                    "PATH": os.environ["PATH"],
                    "SITE_ADDRESS": ADDRESS,
                    "XDG_DATA_HOME": str(folder / "data"),
                    "XDG_CONFIG_HOME": str(folder / "config"),
                },
                stdout=log,
                stderr=log,
            )
        stack.callback(process.wait, 60)
        stack.callback(process.kill)
        deadline = time.monotonic() + 60
        while True:
            with suppress(OSError):  # it does not listen yet
                plain = requests.get(
                    f"http://{ADDRESS}:{self.http}", allow_redirects=False, timeout=9
                )
                if plain.is_redirect and self.certificate.exists():
                    return
            assert process.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < deadline, (folder / "log").read_text()
            time.sleep(0.1)

    def url(self, path):
        return f"https://{ADDRESS}:{self.https}{path}"

    def get(self, path, **options):
        return requests.get(self.url(path), verify=self.root, timeout=60, **options)


@pytest.fixture(scope="module")
def proxy(serve, tmp_path_factory):
    site = serve(
        HTTPS="1",
        NUM_PROXIES="1",
        ALLOWED_HOSTS=ADDRESS,
        MAX_BODY_BYTES=str(TOO_MANY),
        THROTTLE_LOGIN="3/min",
    )
    with ExitStack() as stack:
        folder = tmp_path_factory.mktemp("caddy")
        yield Proxy(folder, site.removeprefix("http://"), stack)


@pytest.fixture(scope="module")
def proxy_of_nothing(tmp_path_factory):
    with ExitStack() as stack:
        nothing = f"127.0.0.1:{free_port()}"
        yield Proxy(tmp_path_factory.mktemp("caddy"), nothing, stack, patience="1ms")


def test_a_page_comes_over_https_with_the_headers_of_the_site(proxy):
    response = proxy.get("/accounts/login")
    assert response.status_code == 200
    assert response.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert "__Host-csrftoken" in response.headers["Set-Cookie"]


def test_plain_http_is_redirected(proxy):
    address = f"http://{ADDRESS}:{proxy.http}/history?page=2"
    response = requests.get(address, allow_redirects=False, timeout=30)
    assert response.status_code == 308
    # Without a port: it does not know that ours is not 443.
    assert response.headers["Location"] == f"https://{ADDRESS}/history?page=2"


def test_another_host_is_not_served(proxy):
    connection = HTTPSConnection(
        "127.0.0.1", proxy.https, context=ssl.create_default_context(cafile=proxy.root), timeout=30
    )
    with pytest.raises(ssl.SSLError):  # there is no certificate for it
        connection.request("GET", "/", headers={"Host": "evil.example.org"})


def test_forged_addresses_do_not_evade_the_limit_on_sign_ins(proxy):
    body = {"username": "ada@example.com", "password": "wrong"}
    found = [
        requests.post(
            proxy.url("/login"),
            json=body,
            headers={"X-Forwarded-For": f"192.0.2.{number}", "X-Forwarded-Proto": "http"},
            verify=proxy.root,
            timeout=30,
        ).status_code
        for number in range(4)
    ]
    assert found[-1] == 429
    assert set(found[:3]) <= {400, 401}


def test_a_body_that_is_too_large_is_refused_in_the_words_of_the_site(proxy, user, tmp_path):
    """Over HTTP/2, as browsers send it: of HTTP/1.1 Go's server closes the connection."""
    body = tmp_path / "body"
    body.write_bytes(b"x" * (TOO_MANY + 1_000_000))
    done = subprocess.run(
        [
            *("curl", "--silent", "--show-error", "--http2", "--cacert", str(proxy.root)),
            *("--header", f"Authorization: Bearer {issue_tokens(user).access}"),
            *("--header", "Content-Type: multipart/form-data; boundary=x"),
            *("--write-out", " %{http_version} %{http_code}", "--data-binary", f"@{body}"),
            proxy.url("/model/predict"),
        ],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    said, version, status = done.stdout.rsplit(" ", 2)
    assert (version, status) == ("2", "413")
    assert f"{TOO_MANY:,} bytes" in json.loads(said)["detail"]


def test_requests_wait_while_the_site_is_replaced(tmp_path):
    with ExitStack() as stack:
        old = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        port = old.getsockname()[1]
        proxy = Proxy(tmp_path, f"127.0.0.1:{port}", stack)
        asked = stack.enter_context(ThreadPoolExecutor(1)).submit(proxy.get, "/")
        old.accept()[0].close()  # it dies with the request in hand
        old.close()
        site = ThreadingHTTPServer(("127.0.0.1", port), SimpleHTTPRequestHandler)
        stack.callback(site.server_close)
        stack.callback(site.shutdown)
        Thread(target=site.serve_forever, daemon=True).start()
        assert asked.result(60).status_code == 200


def test_an_api_without_its_site_says_when_to_come_again(proxy_of_nothing):
    response = proxy_of_nothing.get("/model/predictions")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert response.json()["code"] == "unreachable"
    assert "Try again" in response.json()["detail"]


def test_a_page_without_its_site_says_so_in_html(proxy_of_nothing):
    response = proxy_of_nothing.get("/history", headers={"Accept": "text/html,*/*"})
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert response.headers["Content-Type"].startswith("text/html")
    assert "Reload the page" in response.text


def test_one_setting_in_the_example_starts_the_proxy():
    """Docker reads `${NAME:+value}` in .env as a shell does."""

    def settings(name):
        example = (PROJECT / ".env.example").read_text()
        text = re.sub(r"^SITE_ADDRESS=$", f"SITE_ADDRESS={name}", example, flags=re.M)
        names = ("COMPOSE_PROFILES", "SITE_URL", "ALLOWED_HOSTS", "NUM_PROXIES")
        words = " ".join(f'"${each}"' for each in names)
        script = f"{text}\nprintf '%s\\n' {words}"
        done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
        return done.stdout.split("\n")[:-1]

    host = "classifier.example.org"
    assert settings(host) == ["proxy", f"https://{host}", host, "1"]
    assert settings("") == ["", "", "localhost,127.0.0.1", "1"]
