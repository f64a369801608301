"""API tokens expire, and end with a changed password where their owner says so."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import tokens
from accounts.models import ApiToken

MAKE, CHANGE = "/accounts/tokens", "/accounts/password"
FORM = {"name": "nightly job", "scopes": ["predict", "read"]}


@pytest.fixture
def secret(ada):
    return tokens.issue(ada, "nightly job")


def test_an_expired_token_is_refused_with_the_reason(user, get_me, page):
    secret = tokens.issue(user, "nightly job", lifetime=timedelta(days=30))
    assert get_me(f"Bearer {secret}").status_code == 200
    ApiToken.objects.update(expires_at=timezone.now())

    refused = get_me(f"Bearer {secret}")

    assert refused.status_code == 401
    assert refused["WWW-Authenticate"] == "Bearer"
    assert refused.json()["detail"].startswith("This API token has expired.")
    assert "<strong>expired</strong>" in page.get("/accounts").content.decode()


@pytest.mark.parametrize(("lifetime", "days"), [("30", 30), ("90", 90), ("365", 365), ("", None)])
def test_a_token_is_valid_for_the_chosen_time(page, user, lifetime, days):
    page.post(MAKE, {**FORM, "lifetime": lifetime})

    token = ApiToken.objects.get()
    assert token.scopes == ["predict", "read"]
    if days is None:
        assert token.expires_at is None
    else:
        left = token.expires_at - timezone.now()
        assert timedelta(days=days, minutes=-1) < left <= timedelta(days=days)


def test_the_form_defaults_to_all_scopes_and_a_year(page):
    form = page.get("/accounts").content.decode()

    assert len(re.findall(r'<input type="checkbox" name="scopes"[^>]* checked', form)) == 4
    assert '<option value="365" selected>' in form


def test_data_sets_are_offered_to_staff_alone_and_never_by_default(page, page_for, staff):
    other = {"scopes": ["data-sets"], "name": "nightly export", "lifetime": "30"}
    assert "Select a valid choice." in page.post(MAKE, other).content.decode()
    browser = page_for(staff)
    (box,) = re.findall(
        r'<input[^>]* value="data-sets"[^>]*>', browser.get("/accounts").content.decode()
    )
    assert "checked" not in box
    browser.post(MAKE, {"name": "nightly job"})
    browser.post(MAKE, other)
    usual, asked_for = ApiToken.objects.order_by("pk")
    assert "data-sets" not in usual.scopes
    assert asked_for.scopes == ["data-sets"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"scopes": []}, "Choose at least one."),
        ({"scopes": ["admin"]}, "Select a valid choice."),
        ({"lifetime": "36500"}, "Select a valid choice."),
    ],
)
def test_an_invalid_choice_creates_no_token(page, wrong, said):
    response = page.post(MAKE, {**FORM, "lifetime": "30", **wrong})

    assert said in response.content.decode()
    assert not ApiToken.objects.exists()


def test_a_form_with_only_a_name_creates_a_token_with_all_scopes(page):
    page.post(MAKE, {"name": "nightly job"})

    token = ApiToken.objects.get()
    assert token.scopes == ["predict", "read", "feedback", "teach"]
    assert token.expires_at is None


def test_a_new_password_offers_to_revoke_the_tokens(ada, page_for, secret, get_me, password):
    page = page_for(ada)
    assert re.search(
        r'name="revoke_tokens"[^>]* checked[^>]*> Also revoke my API token<',
        page.get("/accounts").content.decode(),
    )
    form = {"current_password": password, "new_password": "battery staple"}

    done = page.post(CHANGE, {**form, "revoke_tokens": "on"}, follow=True)

    assert "API tokens revoked." in done.content.decode()
    assert get_me(f"Bearer {secret}").status_code == 401


def test_keeping_the_tokens_shows_that_they_still_work(ada, page_for, secret, get_me, password):
    form = {"current_password": password, "new_password": "battery staple"}

    done = page_for(ada).post(CHANGE, form, follow=True)

    assert "Your API token still works." in done.content.decode()
    assert get_me(f"Bearer {secret}").status_code == 200


def test_a_refused_change_revokes_nothing(ada, page_for, secret, get_me):
    form = {"current_password": "wrong", "new_password": "battery staple", "revoke_tokens": "on"}
    page_for(ada).post(CHANGE, form)

    assert get_me(f"Bearer {secret}").status_code == 200


def test_people_without_tokens_are_not_offered_to_revoke_them(ada, page_for):
    assert "revoke_tokens" not in page_for(ada).get("/accounts").content.decode()


@pytest.mark.parametrize(("revoke", "status"), [({"revoke_api_tokens": True}, 401), ({}, 200)])
def test_the_api_can_revoke_tokens_with_a_new_password(
    ada, api_for, secret, get_me, password, revoke, status
):
    change = {"password": "battery staple", "current_password": password, **revoke}

    assert api_for(ada).patch(f"/users/{ada.pk}", change).status_code == 200

    assert get_me(f"Bearer {secret}").status_code == status


def test_an_api_token_cannot_revoke_others(ada, secret, anonymous):
    anonymous.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")

    response = anonymous.patch(f"/users/{ada.pk}", {"revoke_api_tokens": True})

    assert response.status_code == 403
    assert ApiToken.objects.exists()


def test_signup_ignores_revoke_api_tokens(anonymous, db):
    new = {"email": "new@example.com", "username": "New", "password": "correct horse"}

    assert anonymous.post("/users", {**new, "revoke_api_tokens": True}).status_code == 201


def test_staff_see_scopes_and_expiry_in_the_admin(page_for, staff, secret):
    shown = page_for(staff).get("/admin/accounts/apitoken/").content.decode()

    assert "predict" in shown and "Expires" in shown
