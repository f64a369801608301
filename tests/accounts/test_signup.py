from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction
from rest_framework.test import APIClient

from accounts.models import User

GRACE = {"email": "grace@example.com", "username": "Grace", "password": "correct horse"}


@pytest.fixture
def signup(anonymous, db):
    """The answer to a sign-up with these fields instead of Grace's."""
    return lambda **fields: anonymous.post("/users", GRACE | fields)


@pytest.mark.parametrize("path", ["/users", "/users/", "/user", "/user/"])
def test_signup_returns_the_person_without_the_password(anonymous, db, path):
    response = anonymous.post(path, GRACE)

    assert response.status_code == 201
    grace = User.objects.get()
    assert response.json() == {
        "id": grace.pk,
        "email": "grace@example.com",
        "username": "Grace",
        "created_at": grace.created_at.isoformat().replace("+00:00", "Z"),
    }
    assert grace.check_password("correct horse")


@pytest.mark.parametrize("form", ["json", "multipart"])
def test_name_is_accepted_for_username(anonymous, db, form):
    body = {"email": "grace@example.com", "name": "Grace", "password": "correct horse"}

    response = anonymous.post("/user/", body, format=form)

    assert response.status_code == 201
    assert response.json()["username"] == "Grace"


def test_email_is_stored_in_lower_case(signup):
    assert signup(email="Grace@Example.COM").json()["email"] == "grace@example.com"


def test_email_of_a_user_created_in_a_shell_is_stored_in_lower_case(make_user, login):
    make_user("Grace@Example.COM", password="correct horse")

    assert login("grace@example.com").status_code == 200


@pytest.mark.parametrize("email", ["grace@example.com", "GRACE@example.com"])
def test_taken_email_is_refused_in_any_case(make_user, signup, email):
    make_user("grace@example.com")

    response = signup(email=email)

    assert response.status_code == 400
    assert response.json() == {"email": ["This email is already registered."]}


def test_of_two_concurrent_signups_one_gets_email_taken(transactional_db, settings):
    # At production's cost both look for the email before either has hashed its password.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.BCryptSHA256PasswordHasher"]
    both_are_here = Barrier(2)

    def post(_):
        both_are_here.wait()
        try:
            return APIClient(raise_request_exception=False).post("/users", GRACE)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        won, lost = sorted(threads.map(post, range(2)), key=lambda answer: answer.status_code)
    assert won.status_code == 201
    assert lost.status_code == 400
    assert lost.json() == {"email": ["This email is already registered."]}


def test_the_database_itself_refuses_an_email_in_another_case(make_user):
    make_user("grace@example.com")

    with pytest.raises(IntegrityError, match="user_email_unique"), transaction.atomic():
        User.objects.bulk_create([User(email="Grace@Example.com", password="")])


@pytest.mark.parametrize("email", ["", "grace", "grace@", "a" * 250 + "@example.com"])
def test_invalid_email_is_refused(signup, email):
    response = signup(email=email)

    assert response.status_code == 400
    assert list(response.json()) == ["email"]


def test_short_password_is_refused(signup):
    response = signup(password="horse17")

    assert response.status_code == 400
    assert "at least 8 characters" in response.json()["password"][0]


def test_common_password_is_refused(signup):
    response = signup(password="password1")

    assert response.status_code == 400
    assert response.json() == {"password": ["This password is too common."]}


@pytest.mark.parametrize("missing", ["email", "username", "password"])
def test_missing_field_is_named(anonymous, db, missing):
    body = {name: value for name, value in GRACE.items() if name != missing}

    response = anonymous.post("/users", body)

    assert response.status_code == 400
    assert response.json() == {missing: ["This field is required."]}


def test_signup_ignores_staff_flags(signup):
    assert signup(is_staff=True, is_superuser=True, id=77).status_code == 201

    grace = User.objects.get()
    assert not grace.is_staff
    assert not grace.is_superuser
    assert grace.pk != 77


def test_all_characters_of_a_long_password_count(signup, login):
    password = "correct horse " * 10
    assert signup(password=password).status_code == 201

    assert login("grace@example.com", password).status_code == 200
    assert login("grace@example.com", password[:-1] + "!").status_code == 401


def test_stale_authorization_header_does_not_prevent_a_signup(anonymous, db):
    headers = {"Authorization": "Bearer stale"}

    assert anonymous.post("/users", GRACE, headers=headers).status_code == 201
