import re

import pytest
from django.test import Client

from accounts.services import issue_tokens
from accounts.throttles import LoginThrottle

SECTIONS = ["profile", "email", "password", "tokens"]


@pytest.fixture
def browser(page_for, ada):
    return page_for(ada)


def section(response, name):
    """The HTML of one section."""
    return re.search(rf'<section class="panel" id="{name}".*?</section>', text(response), re.S)[0]


def text(response):
    return response.content.decode()


def assert_done(response, sentence):
    assert response.redirect_chain == [("/accounts", 302)]
    assert sentence in text(response)


def assert_refused(response, name, sentence):
    """The sentence stands at a field of this section, and nothing in any other."""
    assert response.status_code == 200
    assert sentence in section(response, name)
    assert 'aria-invalid="true"' in section(response, name)
    for other in set(SECTIONS) - {name}:
        assert "aria-invalid" not in section(response, other)


@pytest.mark.parametrize("path", ["/accounts", *(f"/accounts/{name}" for name in SECTIONS)])
def test_the_account_page_requires_sign_in(client, db, path):
    for response in (client.get(path), client.post(path, {})):
        assert response["Location"] == f"/accounts/login?next={path}"


@pytest.mark.parametrize("name", SECTIONS)
def test_the_url_of_a_section_redirects_to_the_page(browser, name):
    assert browser.get(f"/accounts/{name}")["Location"].partition("#")[0] == "/accounts"


def test_ids_are_unique_and_every_label_has_an_input(browser):
    page = text(browser.post("/accounts/email", {}))

    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    for attribute in ("for", "aria-describedby", "aria-labelledby"):
        for value in re.findall(rf'\b{attribute}="([^"]+)"', page):
            assert set(value.split()) <= set(ids), value


def test_the_account_page_has_no_inline_code(browser):
    page = text(browser.get("/accounts"))

    assert not re.findall(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", page)


def test_forms_require_a_csrf_token(ada):
    stranger = Client(enforce_csrf_checks=True)
    stranger.force_login(ada)

    for name in [*SECTIONS, "delete"]:
        assert stranger.post(f"/accounts/{name}", {}).status_code == 403


# --- Profile ---------------------------------------------------------------------------------


def test_name_and_language_are_saved(browser, ada):
    form = {"username": "Ada Lovelace", "language": "en"}

    assert_done(browser.post("/accounts/profile", form, follow=True), "Profile saved.")

    ada.refresh_from_db()
    assert (ada.username, ada.language) == ("Ada Lovelace", "en")
    assert 'value="Ada Lovelace"' in section(browser.get("/accounts"), "profile")


def test_a_chosen_language_applies_until_the_browser_default_is_chosen(browser, ada):
    def language(response):
        return response["Content-Language"]

    browser.post("/accounts/profile", {"username": "Ada", "language": "es"})
    assert language(browser.get("/accounts")) == "es"

    browser.post("/accounts/language", {"language": "es"})  # remembered by this browser, too
    browser.post("/accounts/profile", {"username": "Ada", "language": ""})
    assert language(browser.get("/accounts")) == "en"
    assert language(browser.get("/accounts", headers={"Accept-Language": "es"})) == "es"


@pytest.mark.parametrize("back", ["foo", "?x", "https://example.com/", "//example.com", "/history"])
def test_choosing_a_language_redirects_only_within_the_site(browser, back):
    response = browser.post("/accounts/language", {"language": "es", "next": back})
    assert response["Location"] == ("/history" if back == "/history" else "/")


@pytest.mark.parametrize("path", ["/accounts/language", "/accounts/logout"])
def test_a_get_of_a_post_url_redirects_to_a_page(browser, path):
    assert browser.get(path)["Location"] == "/"
    assert browser.get("/history").status_code == 200  # and stays signed in


def test_an_unsupported_language_is_refused(browser, ada):
    response = browser.post("/accounts/profile", {"username": "New", "language": "xx"})

    assert_refused(response, "profile", "xx is not one of the available choices.")
    ada.refresh_from_db()
    assert ada.username == "ada"


def test_the_profile_form_changes_only_name_and_language(browser, ada):
    rights = {"is_staff": "on", "is_superuser": "on", "email": "root@example.com"}
    browser.post("/accounts/profile", {"username": "Ada", "language": ""} | rights)

    ada.refresh_from_db()
    assert not ada.is_staff and not ada.is_superuser
    assert ada.email == "ada@example.com"


# --- Email -----------------------------------------------------------------------------------


def test_a_changed_email_signs_in(browser, login, password):
    form = {"email": "Countess@Example.com", "current_password": password}

    assert_done(browser.post("/accounts/email", form, follow=True), "Email changed.")

    assert "countess@example.com" in section(browser.get("/accounts"), "email")
    assert login("countess@example.com").status_code == 200
    assert login("ada@example.com").status_code == 401


def test_changing_the_email_invalidates_access_tokens(browser, ada, get_me, password):
    before = issue_tokens(ada)
    assert "access tokens (JWT) for the old email" in section(browser.get("/accounts"), "email")

    browser.post("/accounts/email", {"email": "new@example.com", "current_password": password})

    assert get_me(f"Bearer {before.access}").status_code == 401


@pytest.mark.parametrize("email", ["grace@example.com", "GRACE@Example.COM"])
def test_a_taken_email_is_refused(browser, ada, make_user, password, email):
    make_user("grace@example.com")

    response = browser.post("/accounts/email", {"email": email, "current_password": password})

    assert_refused(response, "email", "This email is already registered.")
    assert "<strong>ada@example.com</strong>" in section(response, "email")
    ada.refresh_from_db()
    assert ada.email == "ada@example.com"


def test_one_s_own_email_in_another_case_is_not_taken(browser, password):
    form = {"email": "ADA@example.com", "current_password": password}

    assert_done(browser.post("/accounts/email", form, follow=True), "Email changed.")


def test_changing_the_email_requires_the_password(browser, ada):
    form = {"email": "new@example.com", "current_password": "wrong horse"}

    assert_refused(browser.post("/accounts/email", form), "email", "Incorrect password.")

    ada.refresh_from_db()
    assert ada.email == "ada@example.com"


# --- Password --------------------------------------------------------------------------------


def test_a_new_password_signs_in_and_the_old_one_does_not(browser, login, password):
    form = {"current_password": password, "new_password": "battery staple"}

    response = browser.post("/accounts/password", form, follow=True)

    assert_done(response, "You are signed out on all other devices.")
    assert login(password="battery staple").status_code == 200
    assert login(password=password).status_code == 401


def test_a_new_password_signs_out_all_other_devices(browser, page_for, ada, get_me, password):
    phone, program = page_for(ada), issue_tokens(ada)
    assert phone.get("/accounts").status_code == 200

    browser.post(
        "/accounts/password", {"current_password": password, "new_password": "battery staple"}
    )

    assert browser.get("/accounts").status_code == 200
    assert phone.get("/accounts").status_code == 302
    assert get_me(f"Bearer {program.access}").status_code == 401


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"current_password": "wrong horse"}, "Incorrect password."),
        ({"new_password": "horse17"}, "This password is too short."),
        ({"new_password": "password1"}, "This password is too common."),
        ({"new_password": ""}, "This field is required."),
    ],
)
def test_invalid_password_changes_are_refused(browser, ada, password, fields, sentence):
    form = {"current_password": password, "new_password": "battery staple"} | fields

    assert_refused(browser.post("/accounts/password", form), "password", sentence)

    ada.refresh_from_db()
    assert ada.check_password(password)


def test_passwords_are_never_sent_back(browser, password):
    form = {"current_password": password, "new_password": "horse17"}

    page = text(browser.post("/accounts/password", form))

    assert password not in page and "horse17" not in page


@pytest.mark.parametrize("name", ["email", "password", "delete"])
def test_wrong_current_passwords_count_as_sign_in_attempts(browser, login, monkeypatch, name):
    monkeypatch.setitem(LoginThrottle.THROTTLE_RATES, "login", "1/min")
    browser.post(f"/accounts/{name}", {"current_password": "wrong horse"})

    response = browser.post(f"/accounts/{name}", {"current_password": "wrong horse"})

    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 60
    assert login().status_code == 429
    assert browser.get("/accounts").status_code == 200
