"""The second step of a sign-in, on pages."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pyotp
import pytest
from django.contrib.auth.tokens import default_token_generator
from django.db import connection
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from accounts import second_factor
from accounts.models import AuditEvent, Authenticator
from tests.accounts.conftest import PASSWORD, is_signed_in


def test_the_password_alone_does_not_sign_in(client, first_step):
    assert first_step()["Location"] == "/accounts/login/second-step"
    for path in ("/history", "/accounts", "/accounts/two-factor/app", "/accounts/export.zip"):
        assert client.get(path)["Location"].startswith("/accounts/login?next=")
    assert "Sign in" in client.get("/").content.decode()


def test_the_code_of_the_app_signs_in(client, first_step, second_step, app):
    first_step()
    assert second_step(app.now())["Location"] == "/"
    assert is_signed_in(client)


def test_codes_can_contain_spaces(client, first_step, second_step, app):
    first_step()
    code = app.now()
    second_step(f" {code[:3]} {code[3:]} ")
    assert is_signed_in(client)


@pytest.mark.parametrize("steps", [-1, 1])
def test_a_code_is_accepted_with_a_clock_half_a_minute_off(
    client, first_step, second_step, app, steps
):
    first_step()
    second_step(app.at(timezone.now(), counter_offset=steps))
    assert is_signed_in(client)


@pytest.mark.parametrize("steps", [-3, 3])
def test_a_code_of_another_time_is_refused(client, first_step, second_step, app, steps):
    first_step()
    response = second_step(app.at(timezone.now(), counter_offset=steps))
    assert "Incorrect or already used code." in response.content.decode()
    assert not is_signed_in(client)


def test_a_code_works_once(client, first_step, second_step, app):
    first_step()
    code = app.now()
    second_step(code)
    client.post("/accounts/logout")
    first_step()
    assert "Incorrect or already used code." in second_step(code).content.decode()
    assert not is_signed_in(client)


def test_a_code_older_than_the_last_used_one_is_refused(client, first_step, second_step, app):
    first_step()
    second_step(app.now())
    client.post("/accounts/logout")
    first_step()
    second_step(app.at(timezone.now(), counter_offset=-1))
    assert not is_signed_in(client)


def test_the_code_of_another_account_is_refused(client, first_step, second_step, make_user):
    other = pyotp.TOTP(pyotp.random_base32())
    second_factor.set_up_app(make_user("eve@example.com"), other.secret, other.now())
    first_step()
    second_step(other.at(timezone.now(), counter_offset=1))
    assert not is_signed_in(client)


@pytest.mark.parametrize("code", ["", "abc", "0" * 64, "٣٣٣٣٣٣", "\0"])
def test_an_invalid_code_is_refused(client, first_step, second_step, code):
    first_step()
    assert second_step(code).status_code == 200
    assert not is_signed_in(client)


def test_a_recovery_code_works_once(client, ada, first_step, second_step):
    code = second_factor.new_recovery_codes(ada)[0]
    first_step()
    response = second_step(code.upper())
    assert response["Location"] == "/"
    assert "Recovery codes left: 9." in client.get("/").content.decode()
    client.post("/accounts/logout")
    first_step()
    second_step(code)
    assert not is_signed_in(client)


def test_the_recovery_code_of_another_account_is_refused(
    client, make_user, first_step, second_step
):
    code = second_factor.new_recovery_codes(make_user("eve@example.com"))[0]
    first_step()
    second_step(code)
    assert not is_signed_in(client)


def test_the_second_step_redirects_to_next(first_step, second_step, app):
    first_step(next="/history?search=cup")
    assert second_step(app.now())["Location"] == "/history?search=cup"


@pytest.mark.parametrize("elsewhere", ["https://evil.example", "//evil.example", "/\\evil.example"])
def test_next_cannot_redirect_to_another_site(first_step, second_step, app, elsewhere):
    first_step(next=elsewhere)
    assert second_step(app.now())["Location"] == "/"


def test_the_second_step_without_a_password_redirects_to_sign_in(client, db, second_step):
    assert client.get("/accounts/login/second-step")["Location"] == "/accounts/login"
    assert second_step("123456")["Location"] == "/accounts/login"


def set_session(client, **changed):
    session = client.session
    session["second_step"] = session["second_step"] | changed
    session.save()


def test_the_second_step_expires_after_five_minutes(client, first_step, second_step, app):
    first_step()
    set_session(client, since=timezone.now().timestamp() - 301)
    assert second_step(app.now())["Location"] == "/accounts/login"
    assert "The second step took too long." in client.get("/accounts/login").content.decode()
    assert not is_signed_in(client)


def test_a_changed_password_ends_the_second_step(client, ada, first_step, second_step, app):
    first_step()
    ada.set_password("battery staple")
    ada.save()
    second_step(app.now())
    assert not is_signed_in(client)


def test_a_locked_account_cannot_complete_the_second_step(
    client, ada, first_step, second_step, app
):
    first_step()
    ada.is_active = False
    ada.save()
    second_step(app.now())
    assert not is_signed_in(client)


def test_the_second_step_redirects_signed_in_people(client, first_step, second_step, app):
    first_step()
    second_step(app.now())
    assert client.get("/accounts/login/second-step")["Location"] == "/"


def test_the_second_step_changes_the_session_key(client, first_step, second_step, app):
    first_step()
    before = client.session.session_key
    second_step(app.now())
    assert client.session.session_key != before


def test_a_password_reset_does_not_skip_the_second_step(client, ada, app):
    uid, token = urlsafe_base64_encode(force_bytes(ada.pk)), default_token_generator.make_token(ada)
    form = client.get(f"/accounts/password-reset/{uid}/{token}")["Location"]
    client.post(form, {"new_password": "battery staple"})
    response = client.post("/accounts/login", {"username": ada.email, "password": "battery staple"})
    assert response["Location"] == "/accounts/login/second-step"
    assert not is_signed_in(client)


def test_the_database_does_not_reveal_codes(app):
    row = Authenticator.objects.get()
    assert app.secret not in row.secret
    assert second_factor.decrypt(row.secret) == app.secret


def test_after_a_new_secret_key_only_recovery_codes_work(
    client, ada, first_step, second_step, app, settings
):
    code = second_factor.new_recovery_codes(ada)[0]
    settings.SECRET_KEY = "x" * 50
    first_step()
    assert "Incorrect or already used code" in second_step(app.now()).content.decode()
    second_step(code)
    assert is_signed_in(client)


@pytest.mark.django_db(transaction=True)
def test_of_two_concurrent_requests_with_one_code_one_is_refused(ada, app):
    code, together = app.now(), Barrier(4)

    def use(_):
        together.wait()
        try:
            return second_factor.use(ada, code)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        accepted = list(threads.map(use, range(4)))
    assert accepted.count("app") == 1 and accepted.count(None) == 3


def test_recovery_codes_are_hashed(ada):
    codes = second_factor.new_recovery_codes(ada)
    assert len(set(codes)) == 10
    assert not {row.hash for row in ada.recovery_codes.all()} & set(codes)


def test_without_a_second_factor_the_password_signs_in(client, ada):
    response = client.post("/accounts/login", {"username": ada.email, "password": PASSWORD})
    assert response["Location"] == "/"
    assert is_signed_in(client)
    assert timedelta(0) <= timezone.now() - ada.sessions.get().signed_in_at < timedelta(minutes=1)


def test_the_audit_log_records_the_kind_of_factor(first_step, second_step, app):
    first_step()
    second_step("000000")
    second_step(app.now())
    kept = AuditEvent.objects.filter(action__startswith="sign").order_by("id")
    assert [(event.action, event.detail) for event in kept] == [
        ("sign_in_failed", {"by": "page", "step": "second factor"}),
        ("signed_in", {"by": "page", "second_factor": "app"}),
    ]
