"""`POST /login` of an account with a second factor."""

from django.utils import timezone

from accounts import second_factor, tokens
from accounts.models import AuditEvent
from accounts.services import issue_tokens

MISSING = "This account uses two-factor sign-in. Send the current code as otp."
WRONG = "Incorrect or already used code. Send the current one as otp."


def send(anonymous, user, password, **fields):
    return anonymous.post("/login", {"username": user.email, "password": password, **fields})


def test_the_right_password_without_a_code_is_refused(anonymous, ada, password, app):
    for fields in ({}, {"otp": ""}):
        response = send(anonymous, ada, password, **fields)
        assert response.status_code == 401
        assert response.json()["detail"] == MISSING
        assert response["WWW-Authenticate"] == "Bearer"


def test_a_wrong_password_does_not_reveal_the_second_factor(anonymous, ada, app):
    for fields in ({}, {"otp": app.now()}):
        response = send(anonymous, ada, "wrong horse", **fields)
        assert response.json()["detail"] == "Incorrect email or password."


def test_a_code_signs_in_once(anonymous, ada, password, app, get_me):
    code = app.now()
    response = send(anonymous, ada, password, otp=code)
    assert get_me(f"Bearer {response.json()['access_token']}").status_code == 200
    again = send(anonymous, ada, password, otp=code)
    assert (again.status_code, again.json()["detail"]) == (401, WRONG)


def test_oauth_clients_send_the_code_in_the_form(client, ada, password, app):
    form = f"grant_type=password&username={ada.email}&password={password}&otp={app.now()}"
    response = client.post("/login", form, content_type="application/x-www-form-urlencoded")
    assert response.status_code == 200


def test_a_recovery_code_signs_in_once(anonymous, ada, password, app):
    code = second_factor.new_recovery_codes(ada)[0]
    assert send(anonymous, ada, password, otp=code).status_code == 200
    assert send(anonymous, ada, password, otp=code).status_code == 401


def test_people_with_only_passkeys_are_referred_to_api_tokens(anonymous, ada, password):
    ada.passkeys.create(name="key", credential_id=b"1", credential=b"")
    response = send(anonymous, ada, password)
    assert response.status_code == 401
    assert "Create an API token" in response.json()["detail"]


def test_wrong_codes_on_api_and_page_are_counted_together(anonymous, ada, password, app, client):
    client.post("/accounts/login", {"username": ada.email, "password": password})
    for _ in range(3):
        client.post("/accounts/login/second-step", {"code": "000000"})
    for _ in range(2):
        assert send(anonymous, ada, password, otp="000000").status_code == 401
    response = send(anonymous, ada, password, otp=app.now())
    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 60


def test_existing_tokens_keep_working(anonymous, ada, app, get_me):
    pair, secret = issue_tokens(ada), tokens.issue(ada, "script")
    assert get_me(f"Bearer {secret}").status_code == 200
    assert get_me(f"Bearer {pair.access}").status_code == 200
    assert anonymous.post("/login/refresh", {"refresh_token": pair.refresh}).status_code == 200


def test_a_code_is_ignored_without_a_second_factor(anonymous, ada, password):
    assert send(anonymous, ada, password, otp="000000").status_code == 200


def test_a_refused_code_is_recorded_in_the_audit_log(anonymous, ada, password, app):
    send(anonymous, ada, password, otp=app.at(timezone.now(), counter_offset=9))
    [event] = AuditEvent.objects.filter(action="sign_in_failed")
    assert event.target_id == str(ada.pk)
    assert event.detail == {"by": "api", "step": "second factor"}
