"""Somebody who has the password guesses codes, and the owner comes in all the same."""

from contextlib import suppress

import pyotp
import pytest
from django.utils import timezone

from accounts import guesses, second_factor
from accounts.models import OutgoingMail
from tests.accounts.conftest import is_signed_in


@pytest.fixture
def guess(first_step):
    """Wrong codes from as many addresses, each after the right password; the last answer."""

    def guess(count, client):
        for number in range(count):
            first_step()
            response = client.post(
                "/accounts/login/second-step", {"code": "000000"}, REMOTE_ADDR=f"192.0.2.{number}"
            )
        return response

    return guess


def test_wrong_codes_from_all_addresses_count_by_account(client, first_step, app, guess):
    assert guess(5, client).status_code == 200
    client.cookies.clear()
    assert guess(1, client).status_code == 429
    response = client.post("/accounts/login/second-step", {"code": app.now()})
    assert response.status_code == 429 and "Too many attempts." in response.content.decode()
    assert not is_signed_in(client)


def test_a_right_code_resets_the_count(client, second_step, app, guess):
    guess(4, client)
    second_step(app.now())
    client.post("/accounts/logout")
    client.cookies.clear()
    assert guess(5, client).status_code == 200


def test_wrong_codes_of_others_do_not_lock_the_owner_out(
    first_step, second_step, app, guess, client
):
    first_step()
    second_step(app.at(timezone.now(), counter_offset=-1))
    client.post("/accounts/logout")
    owner = client.cookies
    client.cookies = type(owner)()
    assert guess(6, client).status_code == 429
    client.cookies = owner
    first_step()
    second_step(app.now())
    assert is_signed_in(client)


def test_a_browser_known_by_password_only_is_not_counted_separately(
    client, ada, first_step, second_step, guess
):
    """Or whoever knows it could have many of them wait for the day."""
    ada.authenticator.delete()
    first_step()
    assert is_signed_in(client)
    client.post("/accounts/logout")
    second_factor.set_up_app(ada, (secret := second_factor.new_secret()), pyotp.TOTP(secret).now())
    guess(5, client)
    client.cookies.clear()
    assert guess(1, client).status_code == 429


def test_the_owner_is_notified_of_wrong_codes(ada, app, rf):
    for _ in range(12):
        with suppress(second_factor.WrongCode, guesses.TooManyTries):
            second_factor.check(rf.get("/"), ada, "000000")
    [mail] = OutgoingMail.objects.all()
    assert mail.email == ada.email
