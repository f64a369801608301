"""Errors of the API say a sentence and a code, by which programs tell them apart."""

import io

import pytest

from accounts import tokens
from tests.predictions.client import predict

pytestmark = pytest.mark.django_db


def said(response):
    body = response.json()
    assert body["detail"]
    return response.status_code, body["code"]


def test_what_says_no_more_than_its_status_has_the_code_of_the_status(client, api):
    assert said(client.get("/model/predictions")) == (401, "not_authenticated")
    assert said(api.get("/model/predictions/89597197-219e-415d-ac5d-f2c68b61c1e8")) == (
        404,
        "not_found",
    )
    assert said(api.get("/models/nobodys")) == (404, "not_found")
    assert said(api.delete("/model/predict")) == (405, "method_not_allowed")
    assert said(client.post("/login", "ada", content_type="text/plain")) == (
        415,
        "unsupported_media_type",
    )
    assert said(client.post("/login", "{", content_type="application/json")) == (400, "parse_error")


def test_refused_sign_ins_and_tokens_are_told_apart(client, user):
    wrong = {"username": user.email, "password": "wrong"}
    assert said(client.post("/login", wrong)) == (401, "wrong_credentials")
    address = "/model/predictions"
    for token, code in {
        "Bearer a b": "header_malformed",
        "Bearer eyJ": "token_invalid",
        "Bearer ic_nothing": "token_revoked",
        f"Bearer {tokens.issue(user, 'script', ['predict'])}": "scope_missing",
    }.items():
        response = client.get(address, headers={"Authorization": token})
        assert said(response) == (403 if code == "scope_missing" else 401, code)


def test_refused_pictures_are_told_apart(api, model, settings):
    no_file = api.post("/model/predict", {}, format="multipart")
    assert said(no_file) == (400, "no_file")
    text = io.BytesIO(b"no picture")
    text.name = "notes.png"
    assert said(predict(api, text)) == (400, "not_accepted")
    settings.QUEUE_LIMIT = 0
    assert said(predict(api)) == (503, "queue_full")
