"""Somebody guesses the password of an account, and its programs come in all the same."""

from datetime import timedelta
from time import time

import pytest

from foundation.web import throttles

HOME, ELSEWHERE = "198.51.100.1", "198.51.100.2"


@pytest.fixture
def guess(login):
    """Wrong passwords over the API, each from another address."""

    def guess(times):
        return [
            login(password=f"wrong horse {n}", REMOTE_ADDR=f"192.0.2.{n + 1}").status_code
            for n in range(times)
        ]

    return guess


def test_a_program_can_sign_in_from_a_known_address_during_an_attack(ada, guess, login):
    assert login(REMOTE_ADDR=HOME).status_code == 200
    assert guess(8) == [401] * 5 + [429] * 3

    assert login(REMOTE_ADDR=ELSEWHERE).status_code == 429
    assert login(REMOTE_ADDR=HOME).status_code == 200


def test_ipv6_addresses_are_known_by_network(ada, guess, login):
    assert login(REMOTE_ADDR="2001:db8:1:2::1").status_code == 200
    guess(5)

    assert login(REMOTE_ADDR="2001:db8:1:2::2").status_code == 200
    assert login(REMOTE_ADDR="2001:db8:1:3::1").status_code == 429


def test_sign_ins_from_a_known_address_do_not_reset_the_count_of_others(ada, guess, login):
    login(REMOTE_ADDR=HOME)
    assert guess(5) == [401] * 5

    for _ in range(3):
        assert login(REMOTE_ADDR=HOME).status_code == 200
        assert guess(1) == [429]


def test_a_known_address_has_the_same_limit(ada, login):
    login(REMOTE_ADDR=HOME)

    wrong = [login(password="wrong horse", REMOTE_ADDR=HOME).status_code for _ in range(7)]

    assert wrong == [401] * 5 + [429] * 2
    assert login(REMOTE_ADDR=HOME).status_code == 429
    assert login(REMOTE_ADDR=ELSEWHERE).status_code == 200


def test_an_address_that_only_failed_is_not_known(ada, guess, login):
    assert login(password="wrong horse", REMOTE_ADDR=HOME).status_code == 401
    guess(4)

    assert login(REMOTE_ADDR=HOME).status_code == 429


def test_an_address_without_the_second_factor_is_not_known(ada, app, guess, login):
    assert login(REMOTE_ADDR=HOME).status_code == 401
    guess(5)

    assert login(REMOTE_ADDR=HOME).status_code == 429


def test_an_address_is_known_only_to_the_account_that_signed_in(ada, make_user, guess, login):
    make_user("mallory@example.com", password="correct horse")
    assert login("mallory@example.com", REMOTE_ADDR=HOME).status_code == 200
    guess(5)

    assert login(REMOTE_ADDR=HOME).status_code == 429


def test_the_ten_newest_addresses_are_known(ada, guess, login):
    """Who signed in from many, and lost the password, has not as many counts for guessing it."""
    for number in range(11):
        assert login(REMOTE_ADDR=f"203.0.113.{number}").status_code == 200
    guess(5)

    assert login(REMOTE_ADDR="203.0.113.0").status_code == 429
    assert login(REMOTE_ADDR="203.0.113.1").status_code == 200


def test_an_address_is_forgotten_after_thirty_days(ada, guess, login):
    login(REMOTE_ADDR=HOME)
    [key] = throttles.limiter.storage.storage.keys("throttle:known-addresses:*")
    assert 0 < throttles.limiter.storage.storage.ttl(key) <= timedelta(days=30).total_seconds()
    long_ago = {HOME: time() - timedelta(days=30).total_seconds()}
    throttles.limiter.storage.storage.zadd(key, long_ago)  # another sign-in has kept the key
    guess(5)

    assert login(REMOTE_ADDR=HOME).status_code == 429


def test_redis_does_not_reveal_whose_address_it_is(ada, login):
    login(REMOTE_ADDR=HOME)

    [key] = throttles.limiter.storage.storage.keys("throttle:known-addresses:*")
    assert b"ada" not in key
