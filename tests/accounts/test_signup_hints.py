import pytest
from django.test import Client

from accounts.models import User
from accounts.throttles import HintsThrottle, SignupThrottle

HINTS = "/accounts/signup/hints"
FORM = {"email": "grace@example.com", "username": "Grace", "password": "correct horse"}


def hints(client, **fields):
    response = client.post(HINTS, FORM | fields)
    assert response.status_code == 200
    return response.json()


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("email", "nonsense", "Enter a valid email address."),
        ("password", "horse17", "This password is too short. "),
        ("password", "password1", "This password is too common."),
        ("username", "x" * 151, "Ensure this value has at most 150 characters"),
    ],
)
def test_hints_name_the_field(client, db, field, value, sentence):
    [(where, [said])] = hints(client, **{field: value}).items()

    assert where == field
    assert said.startswith(sentence.strip())


def test_valid_input_gets_no_hints_and_creates_no_account(client, db):
    assert hints(client) == {}
    assert not User.objects.exists()


def test_hints_do_not_reveal_who_is_registered(client, make_user, django_assert_num_queries):
    make_user("grace@example.com")

    with django_assert_num_queries(0):
        assert hints(client) == {}


def test_hints_are_in_the_language_of_the_page(client, db):
    response = client.post(HINTS, FORM | {"email": "x"}, headers={"Accept-Language": "es"})

    assert "correo electrónico válid" in response.json()["email"][0]


def test_hints_have_their_own_rate_limit(client, db, monkeypatch):
    monkeypatch.setitem(SignupThrottle.THROTTLE_RATES, "signup", "1/min")
    for _ in range(3):
        hints(client)
    assert client.post("/accounts/signup", {}).status_code == 200

    monkeypatch.setattr(HintsThrottle, "rate", "1/min")
    assert [client.post(HINTS, FORM).status_code for _ in range(2)] == [200, 429]


def test_hints_require_a_csrf_token(db):
    assert Client(enforce_csrf_checks=True).post(HINTS, FORM).status_code == 403
    assert Client().get(HINTS).status_code == 405


def test_the_page_says_where_hints_are_and_has_a_place_for_them(client, db):
    page = client.get("/accounts/signup").content.decode()

    assert f'data-hints="{HINTS}"' in page
    for field in FORM:
        assert f'id="id_{field}_error" aria-live="polite"' in page
        assert f'id="id_{field}"' in page


@pytest.mark.parametrize("path", ["/accounts/signup", "/accounts/login"])
def test_the_page_asks_for_one_password_that_the_script_can_show(client, db, path):
    page = client.get(path).content.decode()

    assert page.count('type="password"') == 1
    assert '<div class="with-button" data-show="Show">' in page
    assert page.count(">Show<") == 0  # without JavaScript there is no button
    assert '<script type="module" src="/static/account' in page
