"""A password is the same however a keyboard composes its characters."""

import pytest
from django.contrib.auth.hashers import make_password

from accounts.models import User
from tests.accounts.conftest import CheapBCrypt

DECOMPOSED, COMPOSED = "cafe\u0301-cafe\u0301-1", "café-café-1"


@pytest.mark.parametrize("first", [DECOMPOSED, COMPOSED])
def test_a_password_signs_in_in_both_forms(anonymous, db, login, client, first):
    fields = {"email": "rec@example.org", "username": "Rec", "password": first}
    assert anonymous.post("/users", fields).status_code == 201
    for password in (DECOMPOSED, COMPOSED):
        assert login("rec@example.org", password).status_code == 200
        form = {"username": "rec@example.org", "password": password}
        assert client.post("/accounts/login", form).status_code == 302
        client.logout()


def test_an_older_hash_of_the_bytes_as_typed_signs_in_and_is_renewed(make_user, login):
    person = make_user("rec@example.org")
    User.objects.filter(pk=person.pk).update(password=make_password(DECOMPOSED))
    assert login("rec@example.org", COMPOSED).status_code == 401
    assert login("rec@example.org", DECOMPOSED).status_code == 200
    assert login("rec@example.org", COMPOSED).status_code == 200


def test_an_older_hash_is_accepted_as_the_current_password_and_stays(make_user, page_for):
    person = make_user("rec@example.org")
    User.objects.filter(pk=person.pk).update(password=(old := make_password(DECOMPOSED)))
    person.refresh_from_db()
    said = {"email": "new@example.org", "current_password": DECOMPOSED}
    assert page_for(person).post("/accounts/email", said).status_code == 302
    person.refresh_from_db()
    assert (person.email, person.password) == ("new@example.org", old)


@pytest.mark.parametrize("email", ["rec@example.org", "nobody@example.org"])
def test_every_failure_computes_the_same_number_of_hashes(make_user, login, email):
    make_user("rec@example.org", password="correct horse")
    CheapBCrypt.computed.clear()
    assert login(email, DECOMPOSED).status_code == 401
    assert len(CheapBCrypt.computed) == 2


def test_the_length_of_a_password_is_that_of_its_composed_form(anonymous, db):
    fields = {"email": "rec@example.org", "username": "Rec", "password": "e\u0301" * 7}
    response = anonymous.post("/users", fields)
    assert response.status_code == 400
    assert "at least 8 characters" in response.json()["password"][0]
