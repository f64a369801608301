"""Setting up a second factor and removing it, on pages without JavaScript."""

import re
from html import unescape

import pyotp
import pytest
from django.utils import timezone

from accounts import second_factor
from accounts.models import AuditEvent, Authenticator
from tests.accounts.conftest import PASSWORD, forget_the_password, pass_second_step

APP, REMOVE = "/accounts/two-factor/app", "/accounts/two-factor/remove"
PAGES = (APP, "/accounts/two-factor/passkey", REMOVE)


@pytest.fixture
def page(page_for, ada, request):
    page = page_for(ada)
    if "app" in request.fixturenames:
        pass_second_step(page)
    return page


def text(response):
    assert response.status_code == 200
    return unescape(response.content.decode())


def secret_on(response):
    return re.search(r'<code id="secret">([A-Z2-7 ]+)</code>', text(response))[1].replace(" ", "")


def codes_on(response):
    return re.findall(r"^ *(?:<pre.*>)?([a-z2-7-]{19})$", text(response), re.MULTILINE)


def test_an_app_is_set_up_with_a_code_that_it_shows(page, ada):
    assert "Off. When it is on" in text(page.get("/accounts"))
    secret = secret_on(page.get(APP))
    assert secret_on(page.get(APP)) == secret  # the page may be loaded again
    response = page.post(APP, {"code": pyotp.TOTP(secret).now()})
    assert len(codes_on(response)) == 10
    assert second_factor.is_set_up(ada)
    assert "On." in text(page.get("/accounts"))


def test_the_qr_code_is_embedded_in_the_page(page):
    assert 'class="qr" src="data:image/svg+xml' in text(page.get(APP))


def test_a_wrong_code_does_not_set_up_the_app_and_keeps_the_secret(page, ada):
    secret = secret_on(page.get(APP))
    response = page.post(APP, {"code": "000000"})
    assert "Incorrect code." in text(response)
    assert secret_on(response) == secret
    assert not second_factor.is_set_up(ada)


def test_the_code_that_set_it_up_does_not_sign_in(page, client, ada):
    code = pyotp.TOTP(secret_on(page.get(APP))).now()
    page.post(APP, {"code": code})
    client.post("/accounts/login", {"username": ada.email, "password": PASSWORD})
    client.post("/accounts/login/second-step", {"code": code})
    assert client.get("/history").status_code == 302


def test_the_secret_is_encrypted_in_the_session(page):
    secret = secret_on(page.get(APP))
    assert secret not in str(dict(page.session))


def test_recovery_codes_are_shown_once_and_can_be_downloaded(page, ada, app, rf):
    response = page.post("/accounts/two-factor/recovery-codes")
    codes = codes_on(response)
    assert "data:text/plain," in text(response) and 'download="recovery-codes.txt"' in text(
        response
    )
    assert response["Cache-Control"].startswith("max-age=0, no-cache, no-store")
    assert page.get("/accounts/two-factor/recovery-codes").status_code == 302
    again = codes_on(page.post("/accounts/two-factor/recovery-codes"))
    assert not set(codes) & set(again)
    with pytest.raises(second_factor.WrongCode):
        second_factor.check(rf.get("/"), ada, codes[0])
    assert second_factor.check(rf.get("/"), ada, again[0]) == "recovery code"


def test_recovery_codes_require_a_second_factor(page, ada):
    assert page.post("/accounts/two-factor/recovery-codes").status_code == 302
    assert not ada.recovery_codes.exists()


def test_a_new_app_replaces_the_first(page, ada, app, rf):
    new = pyotp.TOTP(secret_on(page.get(APP)))
    page.post(APP, {"code": new.now()})
    with pytest.raises(second_factor.WrongCode):
        second_factor.check(rf.get("/"), ada, app.now())
    assert second_factor.check(rf.get("/"), ada, new.at(timezone.now(), counter_offset=1)) == "app"


def test_password_and_code_turn_two_factor_off(page, ada, app):
    second_factor.new_recovery_codes(ada)
    response = page.post(REMOVE, {"current_password": PASSWORD, "code": app.now()})
    assert response["Location"] == "/accounts"
    assert not second_factor.is_set_up(ada)
    assert not ada.recovery_codes.exists()
    assert ada.check_password(PASSWORD)


def test_password_or_code_alone_does_not_turn_two_factor_off(page, ada, app, rf):
    code = app.now()
    wrong_password = page.post(REMOVE, {"current_password": "wrong horse", "code": code})
    assert "Incorrect password." in text(wrong_password)
    wrong_code = page.post(REMOVE, {"current_password": PASSWORD, "code": "000000"})
    assert "Incorrect or already used code" in text(wrong_code)
    assert second_factor.is_set_up(ada)
    assert (
        second_factor.check(rf.get("/"), ada, code) == "app"
    )  # the wrong password has not used it up


def test_with_only_passkeys_and_no_codes_left_the_password_turns_two_factor_off(page, ada):
    ada.passkeys.create(name="key", credential_id=b"1", credential=b"")
    pass_second_step(page)
    assert "Code" not in re.findall(r"<label[^>]*>(\w+)", text(page.get(REMOVE)))
    page.post(REMOVE, {"current_password": PASSWORD})
    assert not second_factor.is_set_up(ada)


def test_the_last_factor_is_removed_only_with_password_and_code(page, ada, app):
    key = ada.passkeys.create(name="key", credential_id=b"1", credential=b"")
    address = f"/accounts/two-factor/passkey/{key.pk}/remove"
    Authenticator.objects.all().delete()
    assert page.post(address)["Location"] == REMOVE
    assert ada.passkeys.exists()
    second_factor.set_up_app(ada, app.secret, app.now())
    assert page.post(address)["Location"] == "/accounts#two-factor"
    assert not ada.passkeys.exists()


def test_passkeys_of_others_cannot_be_removed(page_for, make_user, ada, app):
    key = ada.passkeys.create(name="key", credential_id=b"1", credential=b"")
    address = f"/accounts/two-factor/passkey/{key.pk}/remove"
    assert page_for(make_user("eve@example.com")).post(address).status_code == 404


@pytest.mark.parametrize("address", PAGES)
def test_the_password_is_asked_for_again_after_ten_minutes(page, ada, app, address):
    assert page.get(address).status_code == 200
    forget_the_password(page)
    confirm = page.get(address)["Location"]
    assert confirm.startswith("/accounts/confirm?next=")
    assert "Incorrect password." in text(page.post(confirm, {"current_password": "wrong"}))
    assert page.get(address).status_code == 302
    form = {"current_password": PASSWORD, "next": address}
    assert page.post(confirm, form)["Location"] == address
    assert page.get(address).status_code == 200


def test_factors_cannot_be_changed_without_confirming_the_password(page, ada, app):
    key = ada.passkeys.create(name="key", credential_id=b"1", credential=b"")
    forget_the_password(page)
    for address in ("recovery-codes", f"passkey/{key.pk}/remove", "passkey", "app", "remove"):
        response = page.post(f"/accounts/two-factor/{address}", {"code": app.now(), "name": "x"})
        assert response["Location"].startswith("/accounts/confirm?next=%2Faccounts"), address
    assert ada.passkeys.exists() and not ada.recovery_codes.exists()


def test_an_older_session_needs_the_second_factor_to_change_one(page_for, ada, app):
    """Or whoever has it, and the password, would add a factor of their own."""
    page, key = page_for(ada), ada.passkeys.create(name="key", credential_id=b"1", credential=b"")
    code = app.now()
    for address in ("recovery-codes", f"passkey/{key.pk}/remove", "passkey", "app", "remove"):
        response = page.post(f"/accounts/two-factor/{address}", {"code": code, "name": "x"})
        assert response["Location"] == "/accounts/login/second-step", address
    assert ada.passkeys.exists() and not ada.recovery_codes.exists()

    assert page.get(APP)["Location"] == "/accounts/login/second-step"
    before = page.session.session_key
    assert page.post("/accounts/login/second-step", {"code": code})["Location"] == APP
    assert page.get(APP).status_code == 200
    assert page.session.session_key != before


def test_the_second_step_does_not_confirm_the_password(page_for, ada, app):
    page = page_for(ada)
    forget_the_password(page)
    page.get(APP)
    page.post("/accounts/login/second-step", {"code": app.now()})
    assert page.get(APP)["Location"].startswith("/accounts/confirm?next=")


def test_confirming_cannot_redirect_to_another_site(page):
    form = {"current_password": PASSWORD, "next": "https://evil.example"}
    assert page.post("/accounts/confirm", form)["Location"] == "/accounts"


@pytest.mark.parametrize("address", [*PAGES, "/accounts/confirm"])
def test_second_factor_pages_require_sign_in(client, db, address):
    for response in (client.get(address), client.post(address)):
        assert response["Location"].startswith("/accounts/login?next=")


@pytest.mark.parametrize("answer", ["", "x", "{}", "[]", '{"id": "x"}', "null"])
def test_an_invalid_passkey_response_is_refused(page, client, ada, answer):
    address = "/accounts/two-factor/passkey"
    page.get(address)
    said = text(page.post(address, {"name": "key", "credential": answer}))
    assert "The passkey could not be added." in said
    sign_in = "/accounts/login/passkey"
    assert "Use a passkey" in text(client.post(sign_in))
    if answer:
        assert "not accepted" in text(client.post(sign_in, {"credential": answer}))
    assert not ada.passkeys.exists()
    assert client.get("/history").status_code == 302


def test_changes_of_factors_are_recorded_in_the_audit_log(page, ada):
    secret = secret_on(page.get(APP))
    totp = pyotp.TOTP(secret)
    page.post(APP, {"code": totp.now()})
    page.post("/accounts/two-factor/recovery-codes")
    code = totp.at(timezone.now(), counter_offset=1)
    page.post(REMOVE, {"current_password": PASSWORD, "code": code})
    events = AuditEvent.objects.filter(actor_id=ada.pk).order_by("id")
    kept = [(event.action, event.detail) for event in events if "sign" not in event.action]
    assert kept == [
        ("second_factor_added", {"kind": "app"}),
        ("recovery_codes_made", {}),
        ("second_factor_removed", {"kind": "all", "by": "owner"}),
    ]
