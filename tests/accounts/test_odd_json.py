"""JSON of the right form with values of another kind: refused, and nothing is made to fit."""

import json

import pytest

from accounts.models import User

VALUES = [7, 7.5, 12345678, True, False, None, [], ["ada"], {}, {"a": "b"}]
GRACE = {"email": "grace@example.com", "username": "Grace", "password": "correct horse"}


@pytest.mark.parametrize("value", VALUES, ids=repr)
@pytest.mark.parametrize("field", GRACE)
def test_a_username_of_another_type_is_refused(anonymous, db, field, value):
    response = anonymous.post("/users", GRACE | {field: value})

    assert response.status_code == 400
    assert list(response.json()) == [field]
    assert not User.objects.exists()


def test_a_name_of_another_type_is_refused(anonymous, db):
    body = {"email": "grace@example.com", "name": 7, "password": "correct horse"}

    response = anonymous.post("/users", body)

    assert response.json() == {"username": ["Not a valid string."]}


@pytest.mark.parametrize("value", VALUES, ids=repr)
@pytest.mark.parametrize("field", GRACE)
def test_a_change_to_a_value_of_another_type_is_refused(api, user, field, value):
    response = api.patch(f"/users/{user.pk}", {field: value})

    assert response.status_code == 400
    assert list(response.json()) == [field]


@pytest.mark.parametrize("value", [0, 1, "true", "", None, []], ids=repr)
def test_revoke_api_tokens_accepts_only_booleans_in_json(api, user, value):
    response = api.patch(f"/users/{user.pk}", {"username": "Ada", "revoke_api_tokens": value})

    assert response.status_code == 400
    assert list(response.json()) == ["revoke_api_tokens"]


def test_revoke_api_tokens_accepts_words_in_a_form(api, user):
    answer = api.patch(f"/users/{user.pk}", {"revoke_api_tokens": "on"}, format="multipart")
    assert answer.status_code == 200


@pytest.mark.parametrize("value", VALUES, ids=repr)
@pytest.mark.parametrize("field", ["username", "password"])
def test_credentials_of_another_type_are_refused(anonymous, db, field, value):
    body = {"username": "ada@example.com", "password": "correct horse"}

    response = anonymous.post("/login", body | {field: value})

    assert response.status_code == 400
    assert list(response.json()) == [field]


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_refresh_token_of_another_type_is_refused(anonymous, db, value):
    response = anonymous.post("/login/refresh", {"refresh_token": value})

    assert response.status_code == 400
    assert list(response.json()) == ["refresh_token"]


@pytest.mark.parametrize("path", ["/users", "/login", "/login/refresh"])
@pytest.mark.parametrize("body", [7, True, "ada", [], [GRACE], None], ids=repr)
def test_a_body_that_is_not_an_object_is_refused(anonymous, db, path, body):
    response = anonymous.generic("POST", path, json.dumps(body), "application/json")

    assert response.status_code == 400


def test_an_empty_field_of_a_form_is_not_taken_for_a_missing_one(api, user):
    response = api.patch(f"/users/{user.pk}", {"current_password": ""}, format="multipart")

    assert (response.status_code, response.json()) == (
        400,
        {"current_password": ["This field may not be blank."]},
    )
