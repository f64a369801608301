import re
from datetime import timedelta
from hashlib import sha256

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone
from rest_framework.test import APIClient

from accounts import tokens
from accounts.models import ApiToken
from accounts.services import issue_tokens
from tests.accounts.conftest import forget_the_password

MAKE = "/accounts/tokens"


@pytest.fixture
def secret(user):
    return tokens.issue(user, "nightly job")


def test_a_token_is_shown_once_and_signs_in(page, user, get_me):
    made = page.post(MAKE, {"name": "nightly job"}).content.decode()

    [secret] = re.findall(r'<code id="new-token">(ic_[\w-]{43})</code>', made)
    assert 'data-copy="#new-token"' in made
    later = page.get("/accounts").content.decode()
    assert secret not in later
    assert "nightly job" in later
    assert secret[:9] in later
    assert get_me(f"Bearer {secret}").json()["email"] == user.email


def test_the_page_with_the_secret_is_not_cached(page):
    assert "no-store" in page.post(MAKE, {"name": "x"})["Cache-Control"]


def test_creating_a_token_requires_the_password(page_for, ada):
    """Stolen or left open, it ends one day; a token may never."""
    page = page_for(ada)
    assert 'name="lifetime"' in page.get("/accounts").content.decode()
    forget_the_password(page)

    shown = page.get("/accounts").content.decode()
    assert 'name="lifetime"' not in shown and f'href="{MAKE}"' in shown
    confirm = page.post(MAKE, {"name": "nightly job"})["Location"]
    assert confirm == "/accounts/confirm?next=%2Faccounts%2Ftokens"
    assert not ApiToken.objects.exists()


def test_the_form_is_shown_after_the_password_was_confirmed(page_for, ada, password):
    page = page_for(ada)
    forget_the_password(page)
    confirm = page.get(MAKE)["Location"]

    back = page.post(confirm, {"current_password": password, "next": MAKE}, follow=True)

    assert [path for path, _ in back.redirect_chain] == [MAKE, "/accounts#tokens"]
    assert 'name="lifetime"' in back.content.decode()
    assert page.post(MAKE, {"name": "nightly job"}).status_code == 200
    assert ApiToken.objects.exists()


def test_the_database_has_the_hash_and_not_the_secret(secret):
    [row] = ApiToken.objects.values()

    assert row["hash"] == sha256(secret.encode()).hexdigest()
    assert not [value for value in row.values() if secret[10:] in str(value)]


@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
def test_an_api_token_authenticates_like_an_access_token(anonymous, secret, scheme):
    anonymous.credentials(HTTP_AUTHORIZATION=f"{scheme} {secret}")

    assert anonymous.get("/model/predictions").status_code == 200
    assert anonymous.get("/feedback").status_code == 200


@pytest.mark.parametrize("wrong", ["ic_", "ic_" + "x" * 43, "ic_\xff", "{}x", "x{}"])
def test_other_secrets_are_refused(get_me, secret, wrong):
    response = get_me(f"Bearer {wrong.format(secret)}")

    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"
    assert list(response.json()) == ["detail", "code"]


def test_the_stored_hash_does_not_authenticate(get_me, secret):
    assert get_me(f"Bearer ic_{ApiToken.objects.get().hash}").status_code == 401
    assert get_me(f"Bearer {ApiToken.objects.get().hash}").status_code == 401


def test_a_locked_user_is_refused(user, get_me, secret):
    user.is_active = False
    user.save()

    assert get_me(f"Bearer {secret}").status_code == 401


def test_a_changed_password_keeps_api_tokens(user, get_me, secret):
    user.set_password("another horse")
    user.save()

    assert get_me(f"Bearer {secret}").status_code == 200


@pytest.fixture
def script(secret):
    return APIClient(HTTP_AUTHORIZATION=f"Bearer {secret}")


@pytest.mark.parametrize("change", [{"email": "eve@example.com"}, {"password": "eve's horse"}])
def test_an_api_token_cannot_change_email_or_password(script, user, change):
    answer = script.patch(f"/users/{user.pk}", {"username": "Eve", **change})
    assert answer.status_code == 403
    assert "Sign in at /login instead." in answer.json()["detail"]
    before = user.password
    user.refresh_from_db()
    assert (user.email, user.username, user.password) == ("ada@example.com", "ada", before)


def test_an_api_token_cannot_delete_the_account(script, user):
    assert script.delete(f"/users/{user.pk}").status_code == 403
    user.refresh_from_db()


def test_an_api_token_can_change_the_name(script, user):
    assert script.patch(f"/users/{user.pk}", {"username": "Ada L."}).status_code == 200


def test_each_kind_of_token_costs_one_query(user, get_me, secret, django_assert_num_queries):
    jwt = issue_tokens(user).access
    get_me(f"Bearer {secret}")  # the first use is remembered, the second is not

    with django_assert_num_queries(1):
        assert get_me(f"Bearer {secret}").status_code == 200
    with django_assert_num_queries(1):
        assert get_me(f"Bearer {jwt}").status_code == 200


def test_the_last_use_is_recorded_once_an_hour(get_me, secret):
    token = ApiToken.objects.get()
    assert token.last_used_at is None

    for age, is_news in [(None, True), (timedelta(minutes=50), False), (timedelta(hours=2), True)]:
        before = age and timezone.now() - age
        ApiToken.objects.update(last_used_at=before)
        get_me(f"Bearer {secret}")
        token.refresh_from_db()
        assert (token.last_used_at != before) is is_news, age

    assert timezone.now() - token.last_used_at < timedelta(minutes=1)


def test_signing_out_with_an_api_token_is_refused(client, get_me, secret):
    response = client.post("/logout", headers={"Authorization": f"Bearer {secret}"})

    assert response.status_code == 403
    assert "Revoke it on the account page" in response.json()["detail"]
    assert get_me(f"Bearer {secret}").status_code == 200


def test_a_revoked_token_is_refused(page, get_me, secret):
    path = f"/accounts/tokens/{ApiToken.objects.get().pk}/revoke"
    assert path in page.get("/accounts").content.decode()

    response = page.post(path, follow=True)

    assert response.redirect_chain == [("/accounts", 302)]
    assert "Token revoked." in response.content.decode()
    assert get_me(f"Bearer {secret}").status_code == 401


def test_people_see_and_revoke_only_their_own_tokens(page_for, make_user, get_me, secret):
    grace = page_for(make_user("grace@example.com"))

    assert "nightly job" not in grace.get("/accounts").content.decode()
    path = f"/accounts/tokens/{ApiToken.objects.get().pk}/revoke"
    assert grace.post(path).status_code == 404
    assert get_me(f"Bearer {secret}").status_code == 200


def test_a_get_does_not_revoke_a_token(page, secret):
    path = f"/accounts/tokens/{ApiToken.objects.get().pk}/revoke"

    assert page.get(path)["Location"] == "/accounts"
    assert ApiToken.objects.exists()


def test_a_person_has_at_most_twenty_tokens(page, user):
    for number in range(20):
        tokens.issue(user, f"token {number}")

    response = page.post(MAKE, {"name": "one more"}).content.decode()

    assert "You already have 20 tokens, the maximum." in response
    assert ApiToken.objects.count() == 20


@pytest.mark.parametrize("name", ["", "   ", "x" * 101])
def test_a_name_has_one_to_a_hundred_characters(page, name):
    response = page.post(MAKE, {"name": name}).content.decode()

    assert 'aria-invalid="true"' in response
    assert not ApiToken.objects.exists()


def test_names_are_escaped(page):
    page.post(MAKE, {"name": "<script>"})

    assert "&lt;script&gt;" in page.get("/accounts").content.decode()


def test_staff_see_owners_and_revoke_tokens_in_the_admin(page_for, staff, get_me, secret):
    admin, token = page_for(staff), ApiToken.objects.get()
    address = f"/admin/accounts/apitoken/{token.pk}"

    listed = admin.get("/admin/accounts/apitoken/").content.decode()
    shown = admin.get(f"{address}/change/").content.decode()

    assert "ada@example.com" in listed
    assert "nightly job" in shown
    assert token.hash not in listed + shown
    assert admin.post(f"{address}/change/", {"name": "mine"}).status_code == 403
    assert admin.get("/admin/accounts/apitoken/add/").status_code == 403
    assert admin.post(f"{address}/delete/", {"post": "yes"}).status_code == 302
    assert get_me(f"Bearer {secret}").status_code == 401


def test_staff_without_permission_see_no_tokens(page_for, make_user):
    clerk = make_user("clerk@example.com", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename="view_user"))

    assert page_for(clerk).get("/admin/accounts/apitoken/").status_code == 403
