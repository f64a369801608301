import pytest
from django.contrib.auth.hashers import make_password
from rest_framework_simplejwt.tokens import AccessToken

from classifier_site.settings import PASSWORD_HASHERS
from tests.accounts.conftest import CheapBCrypt


def test_form_encoded_password_grant_gets_a_pair_of_tokens(client, ada, password):
    form = {"grant_type": "", "username": ada.email, "password": password}
    form |= {"scope": "", "client_id": "", "client_secret": ""}
    response = client.post(
        "/login",
        "&".join(f"{name}={value}" for name, value in form.items()),
        content_type="application/x-www-form-urlencoded",
    )

    assert response.status_code == 200
    body = response.json()
    assert set(body) == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert body["token_type"] == "bearer"
    assert body["expires_in"] == 1800


def test_json_gets_an_uncached_pair_of_tokens(ada, login, get_me):
    response = login()

    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    assert get_me(f"Bearer {response.json()['access_token']}").json()["id"] == ada.pk


def test_the_access_token_names_the_email_and_lives_half_an_hour(ada, login):
    token = AccessToken(login().json()["access_token"])

    assert token["sub"] == "ada@example.com"
    assert token["exp"] - token["iat"] == 1800


def test_email_is_case_insensitive(ada, login):
    assert login("Ada@EXAMPLE.com").status_code == 200


def test_trailing_slash_makes_no_difference(anonymous, ada, password):
    response = anonymous.post("/login/", {"username": ada.email, "password": password})

    assert response.status_code == 200


def test_wrong_password_and_unknown_email_get_the_same_answer(ada, login):
    wrong, unknown = login(password="wrong horse"), login("nobody@example.com")

    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()
    assert wrong.json()["detail"] == "Incorrect email or password."
    assert wrong["WWW-Authenticate"] == unknown["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("email", ["ada@example.com", "nobody@example.com", "blank@example.com"])
def test_every_failure_computes_one_hash(ada, make_user, login, email):
    make_user("blank@example.com")
    CheapBCrypt.computed.clear()

    assert login(email, "wrong horse").status_code == 401
    assert len(CheapBCrypt.computed) == 1


def test_locked_account_gets_the_answer_of_a_wrong_password(ada, login):
    ada.is_active = False
    ada.save()

    response = login()

    assert response.status_code == 401
    assert response.json()["detail"] == "Incorrect email or password."


@pytest.mark.parametrize("missing", ["username", "password"])
def test_missing_field_is_named(anonymous, db, missing):
    body = {"username": "ada@example.com", "password": "correct horse"}
    del body[missing]

    response = anonymous.post("/login", body)

    assert response.status_code == 400
    assert response.json() == {missing: ["This field is required."]}


def test_stale_authorization_header_does_not_prevent_a_sign_in(ada, login):
    assert login(headers={"Authorization": "Bearer stale"}).status_code == 200


def test_production_hashes_passwords_with_bcrypt_of_cost_12(settings):
    settings.PASSWORD_HASHERS = PASSWORD_HASHERS

    assert make_password("correct horse").startswith("bcrypt_sha256$$2b$12$")
