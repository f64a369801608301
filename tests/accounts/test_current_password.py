"""Over the API, as on the pages, an access token alone is not the account."""

import pytest

from accounts.models import User
from accounts.throttles import LoginThrottle

pytestmark = pytest.mark.django_db
MISSING = {"current_password": ["This field is required."]}
WRONG = {"current_password": ["Incorrect password."]}
CHANGES = [
    ("patch", {"email": "mallory@example.com"}),
    ("patch", {"password": "battery staple"}),
    ("patch", {"email": "mallory@example.com", "password": "battery staple"}),
    ("delete", {}),
]


@pytest.fixture
def send(api_for, ada):
    """Sends a change of ada's account with her own access token."""
    api = api_for(ada)

    def send(method, change, path="/users/{}"):
        return getattr(api, method)(path.format(ada.pk), change)

    return send


def assert_untouched(ada, password):
    ada.refresh_from_db()
    assert ada.email == "ada@example.com"
    assert ada.check_password(password)


@pytest.mark.parametrize("path", ["/users/{}", "/users/{}/", "/user/{}"])
@pytest.mark.parametrize(("method", "change"), CHANGES)
def test_the_current_password_is_required(send, ada, password, method, change, path):
    answer = send(method, change, path)
    assert (answer.status_code, answer.json()) == (400, MISSING)
    assert_untouched(ada, password)


@pytest.mark.parametrize("guess", ["wrong horse", "Correct Horse", " correct horse "])
@pytest.mark.parametrize(("method", "change"), CHANGES)
def test_a_wrong_current_password_changes_nothing(send, ada, password, method, change, guess):
    answer = send(method, change | {"current_password": guess})
    assert (answer.status_code, answer.json()) == (400, WRONG)
    assert_untouched(ada, password)


@pytest.mark.parametrize("guess", ["", None, 7, ["correct horse"]])
@pytest.mark.parametrize("method", ["patch", "delete"])
def test_an_invalid_current_password_is_refused(send, ada, password, method, guess):
    answer = send(method, {"password": "battery staple", "current_password": guess})
    assert answer.status_code == 400
    assert list(answer.json()) == ["current_password"]
    assert_untouched(ada, password)


@pytest.mark.parametrize("body", [[], ["password"], [{"password": "battery staple"}], "password"])
@pytest.mark.parametrize("method", ["patch", "delete"])
def test_a_body_that_is_not_an_object_is_refused(send, ada, password, method, body):
    assert send(method, body).status_code == 400
    assert_untouched(ada, password)


def test_forms_require_the_current_password_too(api_for, ada, password):
    api, path = api_for(ada), f"/users/{ada.pk}"
    change = {"password": "battery staple"}
    assert api.patch(path, change, format="multipart").json() == MISSING
    change["current_password"] = password
    assert api.patch(path, change, format="multipart").status_code == 200


def test_the_right_password_allows_changing_email_and_password(send, ada, password):
    change = {"email": "countess@example.com", "password": "battery staple"}
    answer = send("patch", change | {"current_password": password})
    assert answer.status_code == 200
    assert set(answer.json()) == {"id", "email", "username", "created_at"}
    ada.refresh_from_db()
    assert ada.email == "countess@example.com"
    assert ada.check_password("battery staple")


def test_the_right_password_allows_deleting_the_account(send, password):
    assert send("delete", {"current_password": password}).status_code == 204
    assert not User.objects.exists()


def test_changing_the_name_needs_no_password(send):
    assert send("patch", {"username": "Countess"}).status_code == 200


def test_staff_need_no_password_to_change_or_delete_others(api_for, staff_with, ada):
    clerk = api_for(staff_with("accounts.change_user", "accounts.delete_user"))
    path = f"/users/{ada.pk}"
    assert clerk.patch(path, {"password": "battery staple"}).status_code == 200
    ada.refresh_from_db()
    assert ada.check_password("battery staple")
    assert clerk.delete(path).status_code == 204


def test_staff_need_their_password_for_their_own_account(api_for, staff, password):
    staff.set_password(password)
    staff.save()
    answer = api_for(staff).patch(f"/users/{staff.pk}", {"email": "boss@example.com"})
    assert (answer.status_code, answer.json()) == (400, MISSING)


@pytest.mark.parametrize(("method", "change"), CHANGES)
def test_wrong_passwords_are_limited_by_address_like_sign_ins(
    send, monkeypatch, login, method, change
):
    monkeypatch.setitem(LoginThrottle.THROTTLE_RATES, "login", "2/min")
    for guess in ("one", "two"):
        assert send(method, change | {"current_password": guess}).status_code == 400
    third = send(method, change | {"current_password": "three"})
    assert third.status_code == 429
    assert 0 < int(third["Retry-After"]) <= 60
    assert login().status_code == 429
    assert send("patch", {"username": "Countess"}).status_code == 200


def test_wrong_passwords_are_limited_by_account(send, settings, api_for, ada, password):
    settings.THROTTLE_ACCOUNT = ["2/min"]
    api, path = api_for(ada), f"/users/{ada.pk}"
    for number, status in ((1, 400), (2, 400), (3, 429)):
        guess = {"email": "mallory@example.com", "current_password": f"guess {number}"}
        answer = api.patch(path, guess, REMOTE_ADDR=f"192.0.2.{number}")
        assert answer.status_code == status
