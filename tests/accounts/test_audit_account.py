"""What people do to their accounts, and staff to others', leaves one event each."""

import re

import pytest

from accounts import outbox, tokens
from accounts.audit import Action

NEW = {"email": "new@example.com", "username": "Grace", "password": "correct horse"}
SIGN_IN = {Action.SIGNED_IN, Action.SIGNED_OUT}


@pytest.fixture
def changes(logged):
    """Events that are neither sign-in nor sign-out."""
    return lambda: [event for event in logged() if event.action not in SIGN_IN]


@pytest.fixture
def browser(page_for, ada):
    return page_for(ada)


def assert_by_and_to(event, actor, target):
    assert (event.actor_id, event.target_id) == (actor.pk, str(target.pk))
    assert event.target_text == target.email
    assert event.address == "127.0.0.1"


@pytest.mark.parametrize("path", ["/users", "/accounts/signup"])
def test_a_sign_up_is_recorded(client, db, changes, path):
    client.post(path, NEW)
    [event] = changes()
    assert event.action == Action.SIGNED_UP
    assert event.actor_email == event.target_text == NEW["email"]
    assert event.is_to_oneself()


@pytest.mark.parametrize("path", ["/users", "/accounts/signup"])
def test_a_refused_sign_up_is_not_recorded(client, ada, changes, path):
    client.post(path, {**NEW, "email": ada.email})
    assert changes() == []


def test_a_password_changed_on_the_page_is_recorded(browser, ada, password, changes):
    form = {"current_password": password, "new_password": "battery staple"}
    browser.post("/accounts/password", form)
    [event] = changes()
    assert event.action == Action.PASSWORD_CHANGED
    assert_by_and_to(event, ada, ada)


def test_an_email_changed_on_the_page_is_recorded(browser, ada, password, changes):
    browser.post("/accounts/email", {"email": NEW["email"], "current_password": password})
    ada.refresh_from_db()
    [event] = changes()
    assert event.action == Action.EMAIL_CHANGED
    assert event.detail == {"before": "ada@example.com"}
    assert_by_and_to(event, ada, ada)


def test_refused_changes_are_not_recorded(browser, ada, changes):
    wrong = {"current_password": "wrong"}
    browser.post("/accounts/email", {**wrong, "email": NEW["email"]})
    browser.post("/accounts/password", {**wrong, "new_password": "battery staple"})
    browser.post("/accounts/delete", wrong)
    assert changes() == []


def test_a_password_reset_and_its_revoked_tokens_are_recorded(client, ada, mailoutbox, changes):
    tokens.issue(ada, "nightly job")
    client.post("/accounts/password-reset", {"email": ada.email})
    outbox.send_next()
    link = re.search(r"http://testserver(/\S+)", mailoutbox[0].body)[1]
    client.post(client.get(link)["Location"], {"new_password": "battery staple"})
    reset, revoked = changes()
    assert reset.action == Action.PASSWORD_RESET
    assert_by_and_to(reset, ada, ada)
    assert revoked.action == Action.API_TOKEN_REVOKED
    assert_by_and_to(revoked, ada, ada)


def test_a_created_api_token_is_recorded(browser, ada, changes):
    browser.post("/accounts/tokens", {"name": "nightly job"})
    [event] = changes()
    token = ada.api_tokens.get()
    assert event.action == Action.API_TOKEN_CREATED
    assert event.detail == {"name": "nightly job", "begins with": token.prefix}
    assert_by_and_to(event, ada, ada)


def test_a_refused_api_token_is_not_recorded(browser, ada, changes):
    for number in range(tokens.MOST):
        tokens.issue(ada, f"token {number}")
    browser.post("/accounts/tokens", {"name": "one too many"})
    assert changes() == []


def test_a_revoked_api_token_is_recorded(browser, ada, changes):
    tokens.issue(ada, "nightly job")
    token = ada.api_tokens.get()
    browser.post(f"/accounts/tokens/{token.pk}/revoke")
    [event] = changes()
    assert event.action == Action.API_TOKEN_REVOKED
    assert event.detail == {"name": "nightly job", "begins with": token.prefix}
    assert_by_and_to(event, ada, ada)


@pytest.mark.parametrize(
    "form",
    [
        {"post": "yes"},
        {"action": "delete_selected", "_selected_action": ["{pk}"], "post": "yes"},
    ],
)
def test_an_api_token_revoked_by_staff_is_recorded(page_for, staff, ada, changes, form):
    tokens.issue(ada, "nightly job")
    pk = ada.api_tokens.get().pk
    if "action" in form:
        page_for(staff).post("/admin/accounts/apitoken/", {**form, "_selected_action": [pk]})
    else:
        page_for(staff).post(f"/admin/accounts/apitoken/{pk}/delete/", form)
    [event] = changes()
    assert event.action == Action.API_TOKEN_REVOKED
    assert_by_and_to(event, staff, ada)
    assert not ada.api_tokens.exists()


class TestDeletion:
    """The events name the account that is gone."""

    @pytest.fixture
    def deleted(self, ada, changes):
        number, email = ada.pk, ada.email

        def deleted(by):
            [event] = changes()
            assert event.action == Action.ACCOUNT_DELETED
            assert (event.actor_id, event.actor_email) == by
            assert (event.target_id, event.target_text) == (str(number), email)

        return deleted

    def test_deleting_ones_account_on_the_page_is_recorded(self, browser, ada, password, deleted):
        by = ada.pk, ada.email
        browser.post("/accounts/delete", {"current_password": password})
        deleted(by)

    def test_deleting_ones_account_through_the_api_is_recorded(
        self, api_for, ada, password, deleted
    ):
        by = ada.pk, ada.email
        api_for(ada).delete(f"/users/{ada.pk}", {"current_password": password})
        deleted(by)

    def test_an_account_deleted_by_staff_through_the_api_is_recorded(
        self, api_for, staff, ada, deleted
    ):
        api_for(staff).delete(f"/users/{ada.pk}")
        deleted((staff.pk, staff.email))

    def test_an_account_deleted_by_staff_in_the_admin_is_recorded(
        self, page_for, staff, ada, deleted
    ):
        page_for(staff).post(f"/admin/accounts/user/{ada.pk}/delete/", {"post": "yes"})
        deleted((staff.pk, staff.email))

    def test_accounts_deleted_from_the_admins_list_are_recorded(
        self, page_for, staff, ada, deleted
    ):
        chosen = {"action": "delete_selected", "_selected_action": [ada.pk], "post": "yes"}
        page_for(staff).post("/admin/accounts/user/", chosen)
        deleted((staff.pk, staff.email))

    def test_a_refused_deletion_is_not_recorded(self, page_for, api_for, staff, password, changes):
        staff.set_password(password)
        staff.save()
        answer = api_for(staff).delete(f"/users/{staff.pk}", {"current_password": password})
        assert answer.status_code == 403
        page_for(staff).post(f"/admin/accounts/user/{staff.pk}/delete/", {"post": "yes"})
        assert changes() == []


class TestPatch:
    """Over the API."""

    @pytest.mark.parametrize(
        ("change", "action", "detail"),
        [
            ({"email": "new@example.com"}, Action.EMAIL_CHANGED, {"before": "ada@example.com"}),
            ({"password": "battery staple"}, Action.PASSWORD_CHANGED, {}),
        ],
    )
    @pytest.mark.parametrize("by_staff", [False, True])
    def test_email_and_password_changed_through_the_api_are_recorded(
        self, api_for, ada, password, staff, changes, change, action, detail, by_staff
    ):
        actor = staff if by_staff else ada
        api_for(actor).patch(f"/users/{ada.pk}", change | {"current_password": password})
        ada.refresh_from_db()
        [event] = changes()
        assert event.action == action
        assert event.detail == detail
        assert_by_and_to(event, actor, ada)

    def test_a_name_changed_by_staff_is_recorded(self, api_for, ada, staff, changes):
        api_for(staff).patch(f"/users/{ada.pk}", {"username": "Countess"})
        [event] = changes()
        assert event.action == Action.ACCOUNT_CHANGED
        assert event.detail == {"changed": ["username"]}
        assert_by_and_to(event, staff, ada)

    def test_ones_own_name_and_an_unchanged_email_are_not_recorded(
        self, api_for, ada, password, changes
    ):
        own = {"username": "Countess", "email": "ADA@example.com", "current_password": password}
        assert api_for(ada).patch(f"/users/{ada.pk}", own).status_code == 200
        assert changes() == []
