"""The site as people meet it in production: over HTTPS, behind a proxy that ends it."""

import ssl
from collections.abc import Iterator
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.certificates import certificate
from tests.pictures import IMAGES

PASSWORD = "correct horse battery 9"


@pytest.fixture
def https_site(serve: Any, tmp_path: Path) -> Iterator[str]:
    """A proxy in front of the site, which is set as README.md says."""
    port = urlsplit(serve(HTTPS="1", NUM_PROXIES="1")).port

    class Proxy(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.headers["X-Forwarded-Proto"] = "https"
            self.headers["X-Forwarded-For"] = self.client_address[0]
            site = HTTPConnection("127.0.0.1", port, timeout=60)
            site.request(self.command, self.path, body, dict(self.headers))
            answer = site.getresponse()
            self.send_response_only(answer.status)
            for header in answer.getheaders():
                if header[0] not in ("Connection", "Transfer-Encoding"):
                    self.send_header(*header)
            self.end_headers()
            self.wfile.write(answer.read())
            site.close()

        do_POST = do_GET

        def log_message(self, *args: object) -> None:
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate(tmp_path))
    proxy = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    proxy.socket = context.wrap_socket(proxy.socket, server_side=True)
    Thread(target=proxy.serve_forever, daemon=True).start()
    yield f"https://localhost:{proxy.server_port}"
    proxy.shutdown()
    proxy.server_close()


def test_uploads_use_the_host_prefixed_cookies_despite_a_stale_csrf_token(
    worker, make_user, browser, https_site
):
    """The script finds the token, whatever a neighbour or an older version has left."""
    ada = make_user(password=PASSWORD)
    context = browser.new_context(base_url=https_site, ignore_https_errors=True)
    context.add_cookies([{"name": "csrftoken", "value": "a" * 32, "url": https_site}])
    page = context.new_page()
    page.goto("/accounts/login")
    page.get_by_label("Email").fill(ada.email)
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(f"{https_site}/")  # and its scripts
    page.locator("#file").set_input_files(IMAGES / "coffee.png")
    expect(page.locator("#cards")).to_contain_text("espresso", timeout=30_000)
    names = {cookie["name"] for cookie in context.cookies()}
    assert names >= {"__Host-sessionid", "__Host-csrftoken"}
    context.close()
