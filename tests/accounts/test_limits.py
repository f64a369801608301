from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from rest_framework.test import APIRequestFactory

from accounts.throttles import LoginThrottle
from foundation.web import throttles
from tests.pictures import picture


@pytest.fixture
def limit(monkeypatch):
    """Sets a rate as THROTTLE_LOGIN and its like would."""
    return lambda scope, rate: monkeypatch.setitem(LoginThrottle.THROTTLE_RATES, scope, rate)


def assert_limited(response):
    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 60


def test_sign_ins_are_limited_by_address(limit, ada, login, password):
    limit("login", "2/min")
    assert login(password="wrong horse").status_code == 401
    assert login().status_code == 200

    third = login()

    assert_limited(third)
    assert list(third.json()) == ["detail", "code"]
    assert login(REMOTE_ADDR="192.0.2.7").status_code == 200


def test_concurrent_sign_ins_are_all_counted(limit, db):
    """Whoever looks first and counts later lets as many through as come in between."""
    limit("login", "5/min")
    request, together = APIRequestFactory().post("/login"), Barrier(16)

    def guess(_):
        throttle = LoginThrottle()
        together.wait()
        return throttle.allow_request(request, None)

    with ThreadPoolExecutor(16) as guessers:
        assert sum(guessers.map(guess, range(16))) == 5


def test_a_forged_forwarding_header_does_not_change_the_address(limit, ada, login):
    limit("login", "1/min")
    login()

    assert_limited(login(headers={"X-Forwarded-For": "192.0.2.7"}))


def test_refreshing_counts_as_signing_in(limit, ada, login, anonymous):
    limit("login", "1/min")
    token = login().json()["refresh_token"]

    assert_limited(anonymous.post("/login/refresh", {"refresh_token": token}))


def test_the_page_shares_the_count_of_the_api(limit, ada, login, client, password):
    limit("login", "1/min")
    login()

    response = client.post("/accounts/login", {"username": ada.email, "password": password})

    assert_limited(response)
    assert "text/html" in response["Content-Type"]
    assert client.get("/accounts/login").status_code == 200


def test_signups_are_limited_on_api_and_page(limit, db, anonymous, client):
    limit("signup", "1/min")
    assert anonymous.post("/users", {}).status_code == 400

    assert_limited(anonymous.post("/users", {}))
    assert_limited(anonymous.post("/user/", {}))
    assert_limited(client.post("/accounts/signup", {}))


def test_reading_people_is_not_limited(limit, api):
    limit("signup", "1/min")
    assert [api.get("/users/me").status_code for _ in range(3)] == [200, 200, 200]


def test_mails_to_reset_a_password_are_limited(limit, db, client):
    limit("signup", "1/min")
    client.post("/accounts/password-reset", {"email": "ada@example.com"})

    assert_limited(client.post("/accounts/password-reset", {"email": "ada@example.com"}))


def test_predictions_are_limited_by_user(limit, api, api_for, make_user):
    limit("predict", "1/min")
    empty = {"file": picture(name="note.txt.png")}
    grace = api_for(make_user("grace@example.com"))
    assert api.post("/model/predict", {}, format="multipart").status_code == 400

    assert_limited(api.post("/model/predict", empty, format="multipart"))
    assert_limited(api.post("/model/predictions", empty, format="multipart"))
    assert grace.post("/model/predict", {}, format="multipart").status_code == 400


def test_limits_are_off_while_redis_cannot_be_reached(limit, monkeypatch, ada, login):
    limit("login", "1/min")
    unreachable = throttles.limiter_at("redis://127.0.0.1:1/0")
    monkeypatch.setattr(throttles, "limiter", unreachable)

    assert [login().status_code for _ in range(3)] == [200, 200, 200]
