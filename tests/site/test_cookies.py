"""Cookies over HTTPS: no neighbouring host and no plain connection can plant one."""

from http.cookies import SimpleCookie

import pytest
import requests

from accounts.models import User

pytestmark = pytest.mark.django_db(transaction=True)

PASSWORD = "correct horse battery 9"


class Browser:
    """One behind a proxy that ends TLS; `requests` would send no secure cookies to it."""

    def __init__(self, site: str) -> None:
        self.site = site
        self.cookies = SimpleCookie()

    def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> SimpleCookie:
        """The cookies that its answer sets."""
        cookies = {name: morsel.value for name, morsel in self.cookies.items()}
        answer = requests.request(
            method,
            self.site + path,
            data=form,
            cookies=cookies,
            headers={
                "X-Forwarded-Proto": "https",
                "Referer": "https://localhost/",
                "Host": "localhost",
            },
            allow_redirects=False,
            timeout=20,
        )
        assert answer.status_code in (200, 302)
        new = SimpleCookie()
        for header in answer.raw.headers.getlist("Set-Cookie"):
            new.load(header)
        self.cookies.update(new)
        return new


def test_cookies_have_the_host_prefix(serve):
    User.objects.create_user("ada@example.com", PASSWORD, username="ada")
    browser = Browser(serve(HTTPS="1", NUM_PROXIES="1"))
    found = browser.ask("GET", "/accounts/login")
    token = {"csrfmiddlewaretoken": found["__Host-csrftoken"].value}
    person = {"username": "ada@example.com", "password": PASSWORD}
    found.update(browser.ask("POST", "/accounts/login", token | person))
    token = {"csrfmiddlewaretoken": browser.cookies["__Host-csrftoken"].value}
    found.update(browser.ask("POST", "/accounts/language", token | {"language": "es"}))
    assert set(found) >= {"__Host-sessionid", "__Host-csrftoken", "__Host-django_language"}
    for name, cookie in found.items():
        assert name.startswith("__Host-")
        assert cookie["secure"] and cookie["path"] == "/" and not cookie["domain"]


def test_cookies_without_https_have_no_prefix(client, db):
    """Browsers would not take them."""
    assert "csrftoken" in client.get("/accounts/login").cookies
