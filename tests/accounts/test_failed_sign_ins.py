"""Guessing leaves a few events that say how often, not one a guess."""

import pytest

from accounts.audit import Action
from foundation.web import throttles


@pytest.fixture(autouse=True)
def no_limit(settings):
    settings.THROTTLE_ACCOUNT = ["1000/min"]


@pytest.fixture
def fail(login):
    def fail(times, email="ada@example.com", address="192.0.2.1"):
        for _ in range(times):
            assert login(email, "wrong horse", REMOTE_ADDR=address).status_code == 401

    return fail


@pytest.fixture
def numbers(logged):
    """Of each event, its number among those that it stands for."""

    def numbers():
        events = logged(Action.SIGN_IN_FAILED)
        return [event.detail.get("failures within an hour", 1) for event in events]

    return numbers


def test_the_first_the_tenth_and_the_hundredth_are_recorded(ada, fail, numbers):
    fail(101)
    assert numbers() == [1, 10, 100]


def test_the_log_of_the_process_has_a_line_for_each(ada, fail, log_lines, transactional_db):
    fail(12)

    said = [line for line in log_lines() if line.get("action") == "sign_in_failed"]
    assert [(line["level"], line["target_id"]) for line in said] == [("warning", ada.pk)] * 12
    assert {line["address"] for line in said} == {"192.0.2.1"}
    assert "ada@" not in str(log_lines())


def test_failures_are_counted_by_account(ada, make_user, fail, numbers):
    make_user("grace@example.com")
    fail(2)
    fail(2, "grace@example.com")
    assert numbers() == [1, 1]


def test_failures_are_counted_by_address(ada, fail, numbers):
    fail(2)
    fail(2, address="192.0.2.2")
    assert numbers() == [1, 1]


def test_ipv6_failures_are_counted_by_network(ada, fail, numbers):
    for number in range(1, 11):
        fail(1, address=f"2001:db8:1:2::{number}")
    assert numbers() == [1, 10]


def test_unknown_emails_are_counted_together(db, fail, numbers):
    for number in range(10):
        fail(1, f"nobody{number}@example.com")
    assert numbers() == [1, 10]


def test_failures_of_unknown_emails_do_not_hide_those_of_an_account(ada, fail, numbers):
    fail(3, "nobody@example.com")
    fail(1)
    assert numbers() == [1, 1]


def test_wrong_passwords_do_not_hide_a_wrong_code(ada, app, fail, login, logged):
    """Whoever sends one has the password."""
    fail(3)
    assert login(REMOTE_ADDR="192.0.2.1").status_code == 401
    steps = [event.detail.get("step") for event in logged(Action.SIGN_IN_FAILED)]
    assert steps == [None, "second factor"]


def test_wrong_codes_on_pages_and_api_are_counted_together(
    ada, app, password, client, login, logged
):
    client.post("/accounts/login", {"username": ada.email, "password": password})
    for _ in range(3):
        client.post("/accounts/login/second-step", {"code": "000000"})
    login()
    assert len(logged(Action.SIGN_IN_FAILED)) == 1


def test_counting_restarts_after_an_hour(ada, fail, numbers):
    fail(2)
    redis = throttles.limiter.storage.storage
    [key] = redis.keys("throttle:failed-sign-ins:*")
    assert 3590 <= redis.ttl(key) <= 3600
    redis.persist(key)
    redis.expire(key, 600)
    fail(1)
    assert redis.ttl(key) <= 600  # further failures do not put it off
    redis.delete(key)
    fail(1)
    assert numbers() == [1, 1]


def test_without_redis_every_failure_is_recorded(ada, fail, numbers, monkeypatch):
    unreachable = throttles.limiter_at("redis://127.0.0.1:1/0")
    monkeypatch.setattr(throttles, "limiter", unreachable)
    fail(3)
    assert numbers() == [1, 1, 1]
