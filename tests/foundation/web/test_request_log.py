"""Each request has an id and a line in the log."""

import logging
from typing import Any

import pytest
from django.test import Client

LOGGER = "foundation.web.request_log"


@pytest.fixture
def requests_said(log_lines: Any, caplog: Any) -> Any:
    """The lines of requests; at INFO, as operators see them."""
    with caplog.at_level(logging.INFO):
        yield lambda: [line for line in log_lines() if line["logger"] == LOGGER]


@pytest.mark.parametrize("sent", ["7f3a", "Root=1-67891233-abcdef012345678912345678", "a" * 128])
def test_a_well_formed_id_is_kept(sent, api, requests_said):
    response = api.get("/users/me", headers={"X-Request-ID": sent})

    assert response["X-Request-ID"] == sent
    assert requests_said()[0]["request_id"] == sent


@pytest.mark.parametrize("sent", ["", "a" * 129, "two words", "ada@example.com", '"x"', "-x", "é"])
def test_instead_of_any_other_there_is_a_new_one(sent, api):
    response = api.get("/users/me", headers={"X-Request-ID": sent})

    assert len(response["X-Request-ID"]) == 32
    assert response["X-Request-ID"] != api.get("/users/me")["X-Request-ID"]


def test_a_line_says_who_asked_for_what_from_where_and_what_came_of_it(api, user, requests_said):
    api.get("/model/predictions/?label=tabby", headers={"X-Request-ID": "r-1"})

    [said] = requests_said()
    del said["timestamp"]
    assert said.pop("duration_ms") > 0
    assert said == {
        "level": "info",
        "logger": LOGGER,
        "event": "GET /model/predictions 200",
        "method": "GET",
        "route": "/model/predictions",
        "status": 200,
        "address": "127.0.0.1",
        "request_id": "r-1",
        "user_id": user.pk,
    }


def test_pages_say_who_asked_and_strangers_are_nobody(page, user, client, requests_said):
    page.get("/history")
    client.get("/")

    assert [said.get("user_id") for said in requests_said()] == [user.pk, None]


@pytest.mark.parametrize(
    ("path", "status"), [("/model/nothing", 404), ("/model/predict", 401), ("/users/me", 405)]
)
def test_refusals_have_one_line_and_the_header(path, status, api, log_lines):
    asked = Client() if status == 401 else api

    response = asked.post(path)

    assert response.status_code == status
    [said] = log_lines()
    assert (said["status"], said["request_id"]) == (status, response["X-Request-ID"])


@pytest.mark.urls("tests.foundation.web.failing_urls")
def test_an_error_has_its_traceback_and_its_line_under_one_id(db, log_lines):
    response = Client(raise_request_exception=False).get("/history/broken/c0ffee")

    error, line = log_lines()
    assert error["event"] == "Internal Server Error: /history/broken/<token>"
    assert "SecretError" in error["exception"]
    assert (line["level"], line["status"]) == ("error", 500)
    assert error["request_id"] == line["request_id"] == response["X-Request-ID"]
    assert response["X-Request-ID"] in response.content.decode()  # to quote it to staff


@pytest.mark.urls("tests.foundation.web.failing_urls")
def test_a_database_that_is_away_is_a_line_without_a_traceback(db, log_lines):
    response = Client(raise_request_exception=False).get("/history/away")

    assert response.status_code == 503
    error, line = log_lines()
    assert error["event"] == "OperationalError: connection refused"
    assert "exception" not in error
    assert (line["level"], line["status"]) == ("error", 503)


def test_the_link_that_resets_a_password_is_not_in_the_log(db, log_lines):
    link = "/accounts/password-reset/MQ/c0ffee-secret-token"
    Client().get(link, follow=True)
    Client().get(f"{link}/and/no/route")
    Client(enforce_csrf_checks=True).post(link)

    assert "c0ffee" not in str(log_lines())
    said = [line["event"] for line in log_lines()]
    route = "/accounts/password-reset/<uidb64>/<token>"
    assert {f"GET {route} 200", "GET no route 404", f"POST {route} 403"} <= set(said)
    assert f"Forbidden (CSRF cookie not set.): {route}" in said


def test_probes_and_static_files_are_silent_at_info(client, db, requests_said):
    client.get("/health/live")
    client.get("/static/no.css")

    assert requests_said() == []


def test_the_address_is_the_one_behind_our_proxies(api, requests_said, monkeypatch):
    monkeypatch.setattr("rest_framework.settings.api_settings.NUM_PROXIES", 1)

    api.get("/users/me", headers={"X-Forwarded-For": "198.51.100.9, 192.0.2.7"})

    assert requests_said()[0]["address"] == "192.0.2.7"
