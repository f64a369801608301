"""Signing in, failing to, and signing out leave one event each, through every door."""

import pytest

from accounts.audit import Action

SIGN_INS = [Action.SIGNED_IN, Action.SIGN_IN_FAILED, Action.SIGNED_OUT]


def by_page(client, email, password):
    client.post("/accounts/login", {"username": email, "password": password})


def by_api(client, email, password):
    form = {"username": email, "password": password}
    client.post("/login", form, content_type="application/json")


DOORS = pytest.mark.parametrize(("by", "sign_in"), [("page", by_page), ("api", by_api)])


@DOORS
def test_a_sign_in_is_recorded(client, ada, password, logged, by, sign_in):
    sign_in(client, "ADA@example.com", password)
    [event] = logged(*SIGN_INS)
    assert event.action == Action.SIGNED_IN
    assert event.actor_id == ada.pk
    assert event.is_to_oneself()
    assert event.address == "127.0.0.1"
    assert event.detail == {"by": by}


@DOORS
def test_a_wrong_password_is_recorded(client, ada, logged, by, sign_in):
    sign_in(client, "ADA@example.com", "wrong")
    [event] = logged(*SIGN_INS)
    assert event.action == Action.SIGN_IN_FAILED
    assert (event.actor_id, event.actor_email) == (None, "")
    assert (event.target_id, event.target_text) == (str(ada.pk), ada.email)
    assert event.address == "127.0.0.1"


@DOORS
def test_a_sign_in_with_an_unknown_email_is_recorded(client, db, logged, by, sign_in):
    sign_in(client, "Nobody@example.com", "wrong")
    [event] = logged(*SIGN_INS)
    assert event.action == Action.SIGN_IN_FAILED
    assert (event.target_id, event.target_text) == ("", "nobody@example.com")


@DOORS
def test_a_failed_sign_in_without_an_email_does_not_record_the_input(
    client, db, logged, by, sign_in
):
    sign_in(client, "my secret", "wrong")
    [event] = logged(*SIGN_INS)
    assert event.action == Action.SIGN_IN_FAILED
    assert event.target_text == ""


@DOORS
def test_a_sign_in_to_a_locked_account_is_recorded(client, ada, password, logged, by, sign_in):
    ada.is_active = False
    ada.save()
    sign_in(client, ada.email, password)
    [event] = logged(*SIGN_INS)
    assert event.action == Action.SIGN_IN_FAILED
    assert event.target_id == str(ada.pk)


def test_a_sign_out_on_a_page_is_recorded(page, user, logged):
    page.post("/accounts/logout")
    [event] = logged(Action.SIGNED_OUT)
    assert event.actor_id == user.pk
    assert event.detail == {"by": "page"}


def test_a_sign_out_through_the_api_is_recorded(api, user, logged):
    api.post("/logout")
    [event] = logged(Action.SIGNED_OUT)
    assert event.actor_id == user.pk
    assert event.detail == {"by": "api"}


def test_a_sign_out_without_a_sign_in_is_not_recorded(client, db, logged):
    client.post("/accounts/logout")
    assert logged() == []
