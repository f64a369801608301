"""Somebody guesses the password of an account, and its owner comes in all the same."""

import contextlib
import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.test import Client, RequestFactory

from accounts import guesses, known_browsers, outbox
from accounts.models import OutgoingMail
from accounts.throttles import LoginThrottle
from foundation.web import throttles
from tests.accounts.conftest import CheapBCrypt

PAGE = "/accounts/login"


@pytest.fixture
def guess(login):
    """Wrong passwords over the API, each from another address."""

    def guess(times, email="ada@example.com"):
        return [
            login(email, f"wrong horse {n}", REMOTE_ADDR=f"192.0.2.{n + 1}").status_code
            for n in range(times)
        ]

    return guess


@pytest.fixture
def enter(client, password):
    """Signs in on the page, in this browser."""

    def enter(browser=client, email="ada@example.com", password=password):
        return browser.post(PAGE, {"username": email, "password": password})

    return enter


@pytest.fixture
def let_a_minute_pass():
    """The shortest window is over; the hour is not."""

    def pass_(email="ada@example.com", source="anywhere"):
        minute = throttles.item("5/min")
        throttles.limiter.clear(minute, "account", f"{source}:{known_browsers.fingerprint(email)}")

    return pass_


def test_of_thirty_guesses_from_thirty_addresses_five_are_checked(ada, guess):
    CheapBCrypt.computed.clear()

    assert guess(30) == [401] * 5 + [429] * 25
    assert len(CheapBCrypt.computed) == 5


@pytest.mark.parametrize("email", ["ada@example.com", "nobody@example.com", "x" * 300, "\x01é"])
def test_unknown_emails_are_limited_in_the_same_way(ada, guess, email):
    assert guess(13, email) == [401] * 5 + [429] * 8


def test_the_refusal_says_how_long_to_wait(ada, guess, login, enter):
    guess(5)

    refused, page = login(), enter()

    assert refused.status_code == page.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 60
    assert refused.json()["detail"].startswith("Too many attempts.")
    assert "Too many attempts. Wait" in page.content.decode()


def test_attempts_are_counted_by_email_case_insensitively(ada, guess, login):
    guess(3)
    guess(2, "ADA@Example.com")

    assert login().status_code == 429


def test_other_accounts_are_not_slowed_down(ada, make_user, guess, login):
    make_user("grace@example.com", password="correct horse")
    guess(30)

    assert login("grace@example.com").status_code == 200


def test_after_the_wait_the_right_password_works(ada, guess, login, let_a_minute_pass):
    guess(5)
    let_a_minute_pass()

    assert login().status_code == 200


def test_the_wait_grows_with_the_failures(ada, guess, login, let_a_minute_pass):
    for _ in range(4):
        assert guess(5) == [401] * 5
        assert int(login()["Retry-After"]) <= 60
        let_a_minute_pass()

    assert 60 < int(login()["Retry-After"]) <= 3600


def test_a_right_password_resets_the_count(ada, guess, login):
    for turn in range(3):
        assert guess(4) == [401] * 4
        assert login(REMOTE_ADDR=f"198.51.100.{turn}").status_code == 200


def test_concurrent_guesses_are_all_counted(db):
    """Whoever looks first and counts later lets as many through as come in between."""
    together, looked_at = Barrier(16), []

    def guess(_):
        together.wait()
        with contextlib.suppress(guesses.TooManyTries):
            guesses.counted("anywhere:somebody", lambda: looked_at.append("wrong"))

    with ThreadPoolExecutor(16) as guessers:
        list(guessers.map(guess, range(16)))
    assert len(looked_at) == 5


def test_a_known_browser_can_sign_in_during_an_attack(ada, guess, enter, client):
    assert enter().status_code == 302
    client.post("/accounts/logout")
    guess(30)

    assert enter(Client()).status_code == 429
    assert enter().status_code == 302


def test_a_known_browser_has_its_own_limit(ada, enter, client):
    enter()
    client.post("/accounts/logout")

    wrong = [enter(password="wrong horse").status_code for _ in range(7)]

    assert wrong == [200] * 5 + [429] * 2
    assert enter(Client()).status_code == 302


def test_a_browser_is_known_only_to_the_account_that_signed_in(
    ada, make_user, enter, client, guess
):
    make_user("mallory@example.com", password="correct horse")
    assert enter(email="mallory@example.com").status_code == 302
    client.post("/accounts/logout")
    guess(5)

    assert enter().status_code == 429


def test_forged_device_cookies_are_ignored(ada, enter, guess):
    guess(5)
    for cookie in ("", "garbage", "WyJhIiwiYiJd:1abcde:xxxx", "a" * 4000):
        browser = Client()
        browser.cookies[known_browsers.COOKIE] = cookie
        assert enter(browser).status_code == 429


def test_the_device_cookie_is_http_only_and_does_not_reveal_the_account(ada, enter, client):
    enter()
    cookie = client.cookies[known_browsers.COOKIE]

    assert cookie["httponly"] and cookie["samesite"] == "Lax"
    assert cookie["max-age"] == 365 * 24 * 3600
    assert "ada" not in cookie.value


def test_signing_up_makes_the_browser_known(client, db, guess, enter):
    new = {"email": "new@example.com", "password": "correct horse"}
    assert client.post("/accounts/signup", new).status_code == 302
    client.post("/accounts/logout")
    guess(5, "new@example.com")

    assert enter(email="new@example.com").status_code == 302


def test_a_password_reset_makes_the_new_browser_known(ada, client, guess, enter, mailoutbox):
    guess(30)
    client.post("/accounts/password-reset", {"email": ada.email})
    OutgoingMail.objects.filter(kind=OutgoingMail.Kind.SIGN_IN_FAILURES).delete()
    outbox.send_next()
    [path] = re.findall(r"http://testserver(/\S+)", mailoutbox[0].body)
    form = client.get(path)["Location"]
    assert client.post(form, {"new_password": "battery staple"}).status_code == 302

    assert enter(password="battery staple").status_code == 302


def test_wrong_passwords_on_account_pages_are_counted(ada, page_for, guess, enter):
    """And apart: those guess who sit at a browser of hers, and not the rest of the world."""
    page, wrong = page_for(ada), {"current_password": "wrong horse"}
    email = {**wrong, "email": "new@example.com"}
    changed = {**wrong, "new_password": "battery staple"}
    guess(30)

    tries = [
        page.post("/accounts/email", email).status_code,
        page.post("/accounts/password", changed).status_code,
        page.post("/accounts/delete", wrong).status_code,
        page.post("/accounts/email", email).status_code,
        page.post("/accounts/password", changed).status_code,
        page.post("/accounts/delete", wrong).status_code,
        page.post("/accounts/delete", {"current_password": "correct horse"}).status_code,
    ]

    assert tries == [200] * 5 + [429] * 2


def test_redis_holds_no_email(ada, guess):
    guess(12)

    keys = throttles.limiter.storage.storage.keys("*throttle*")
    assert len(keys) >= 4
    assert not [key for key in keys if b"ada" in key or b"example" in key]


def test_the_owner_is_notified_once_of_many_failures(ada, guess, login, mailoutbox):
    guess(10)
    assert not OutgoingMail.objects.exists()
    guess(30)
    assert outbox.send_next()
    guess(30)
    assert not outbox.send_next()

    [mail] = mailoutbox
    assert mail.to == [ada.email]
    assert mail.subject == "Wrong passwords for your account at testserver"
    assert "with wrong passwords, more than ten times within an hour" in mail.body
    assert "http://testserver/accounts/password-reset" in mail.body


def test_no_mail_is_sent_for_failures_of_an_unknown_email(db, guess, mailoutbox):
    guess(30, "nobody@example.com")

    assert outbox.send_next()
    assert mailoutbox == []


def test_an_empty_rate_means_no_limit(ada, guess, settings):
    settings.THROTTLE_ACCOUNT = []

    assert guess(30) == [401] * 30


def test_limits_are_off_while_redis_cannot_be_reached(ada, guess, login, monkeypatch):
    unreachable = throttles.limiter_at("redis://127.0.0.1:1/0")
    monkeypatch.setattr(throttles, "limiter", unreachable)

    assert guess(7) == [401] * 7
    assert login().status_code == 200


@pytest.mark.parametrize(
    ("address", "counted_as"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unknown", "unknown"),
    ],
)
def test_ipv6_is_counted_by_network(address, counted_as):
    request = RequestFactory().get("/", REMOTE_ADDR=address)

    assert LoginThrottle().get_ident(request) == counted_as
