import pytest

from accounts.models import User

FORM = {
    "email": "Grace@Example.com",
    "username": "Grace",
    "password": "correct horse",
}


def signup(client, **fields):
    return client.post("/accounts/signup", FORM | fields)


@pytest.mark.parametrize("path", ["/accounts/signup", "/accounts/signup/"])
def test_signing_up_signs_in(client, db, path):
    assert client.get(path).status_code == 200

    response = client.post(path, FORM)

    assert response.status_code == 302
    assert response["Location"] == "/"
    assert User.objects.get().email == "grace@example.com"
    assert client.get("/").status_code == 200


@pytest.mark.parametrize("email", ["grace@example.com", "GRACE@EXAMPLE.COM"])
def test_taken_email_is_reported_once(client, make_user, email):
    make_user("grace@example.com")

    page = signup(client, email=email).content.decode()

    assert page.count("already registered") == 1
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"email": "nonsense"}, "Enter a valid email address."),
        ({"password": "horse17"}, "This password is too short"),
        ({"password": "password1"}, "too common"),
    ],
)
def test_invalid_input_is_reported_and_creates_no_account(client, db, fields, problem):
    response = signup(client, **fields)

    assert response.status_code == 200
    assert problem in response.content.decode()
    assert not User.objects.exists()


def test_signed_in_people_are_redirected_from_the_signup_page(page):
    assert page.get("/accounts/signup")["Location"] == "/"


def test_the_signup_page_ignores_staff_flags(client, db):
    signup(client, is_staff="on", is_superuser="on")

    assert not User.objects.get().is_staff
