import re

import pytest

from accounts import outbox, tokens

NEW = {"new_password": "battery staple"}


@pytest.fixture
def link(client, ada, mailoutbox):
    """The path of the link in the mail."""
    response = client.post("/accounts/password-reset", {"email": "ADA@example.com"})
    assert response["Location"] == "/accounts/password-reset/sent"
    outbox.send_next()
    [mail] = mailoutbox
    assert mail.to == ["ada@example.com"]
    assert mail.subject == "A new password for testserver"
    return re.search(r"http://testserver(/\S+)", mail.body)[1]


def test_the_link_in_the_mail_changes_the_password(client, link, ada, login, password):
    form = client.get(link)["Location"]  # the token stays out of the address of the form
    assert "Choose a new password" in client.get(form).content.decode()

    done = client.post(form, NEW, follow=True)

    assert "Password changed." in done.content.decode()
    assert login(password=password).status_code == 401
    assert login(password="battery staple").status_code == 200


def test_the_link_works_once(client, link):
    client.post(client.get(link)["Location"], NEW)

    assert "expired or was already used" in client.get(link).content.decode()


@pytest.fixture
def signed_in(ada, api_for, page_for):
    return api_for(ada), page_for(ada)


def test_a_reset_ends_tokens_and_sessions(signed_in, client, link):
    api, page = signed_in
    assert api.get("/users/me").status_code == page.get("/history").status_code == 200

    client.post(client.get(link)["Location"], NEW)

    assert api.get("/users/me").status_code == 401
    assert page.get("/history").status_code == 302


def test_a_reset_revokes_api_tokens_with_a_message(client, link, ada, get_me):
    """Somebody may have signed up with this email before its owner did."""
    secret = tokens.issue(ada, "not Ada's")
    form = client.get(link)["Location"]
    assert "revokes all API tokens" in client.get(form).content.decode()
    done = client.post(form, NEW, follow=True)
    assert "All API tokens of the account have been revoked." in done.content.decode()
    assert get_me(f"Bearer {secret}").status_code == 401


@pytest.mark.parametrize(
    ("password", "problem"), [("horse17", "too short"), ("password1", "too common")]
)
def test_weak_password_is_refused(client, link, password, problem):
    form = client.get(link)["Location"]

    response = client.post(form, {"new_password": password})

    assert response.status_code == 200
    assert f"This password is {problem}" in response.content.decode()


def test_unknown_email_gets_the_same_answer_and_no_mail(client, db, mailoutbox):
    response = client.post("/accounts/password-reset", {"email": "nobody@example.com"})

    assert response["Location"] == "/accounts/password-reset/sent"
    assert outbox.send_next()
    assert mailoutbox == []
    assert client.get(response["Location"]).status_code == 200


def test_forged_link_is_refused(client, db):
    response = client.get("/accounts/password-reset/MQ/abc-123")

    assert response.status_code == 200
    assert "expired or was already used" in response.content.decode()
