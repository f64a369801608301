"""What an event of the audit log says, whatever it is about."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import DatabaseError, connection
from django.test import RequestFactory

from accounts import audit
from accounts.audit import Action, AuditEvent
from accounts.models import User


@pytest.fixture
def event_of(logged, user):
    """The event of a request with these headers."""

    def event_of(**headers):
        request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.7", headers=headers)
        audit.record(Action.SIGNED_IN, request, actor=user, target=user)
        return logged(Action.SIGNED_IN)[-1]

    return event_of


def test_an_event_records_actor_action_target_and_address(event_of, user):
    event = event_of(user_agent="Firefox")
    assert (event.actor_id, event.actor_email) == (user.pk, user.email)
    assert (event.target_type, event.target_id) == ("accounts.user", str(user.pk))
    assert (event.target_text, event.address) == (user.email, "192.0.2.7")
    assert (event.user_agent, event.detail) == ("Firefox", {})


def test_a_forwarded_address_is_ignored_without_a_proxy(event_of):
    assert event_of(x_forwarded_for="198.51.100.1").address == "192.0.2.7"


def test_the_address_is_the_one_the_last_trusted_proxy_saw(event_of, settings):
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": 1}
    assert event_of(x_forwarded_for="203.0.113.9, 198.51.100.1").address == "198.51.100.1"


def test_unprintable_input_is_recorded_safely(event_of):
    event = event_of(user_agent="a\0b\ud800" + "x" * 5000)
    assert event.user_agent.startswith("ab?x")
    assert len(event.user_agent) == 300


def test_an_event_without_a_request_has_no_address(logged):
    audit.record(Action.MODEL_MADE_CURRENT)
    [event] = logged(Action.MODEL_MADE_CURRENT)
    assert (event.actor_id, event.actor_email, event.address) == (None, "", "")


def test_an_anonymous_actor_is_recorded_as_nobody(logged):
    audit.record(Action.PASSWORD_RESET, actor=AnonymousUser())
    [event] = logged(Action.PASSWORD_RESET)
    assert (event.actor_id, event.actor_email) == (None, "")


def test_an_action_is_rolled_back_if_its_event_cannot_be_written(api_for, ada, password):
    """Here as when the log's disk is full: PostgreSQL refuses the event."""
    api = api_for(ada)
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE accounts_auditevent ADD CHECK (action <> 'account_deleted') NOT VALID"
        )
    with pytest.raises(DatabaseError):
        api.delete(f"/users/{ada.pk}", {"current_password": password})
    assert User.objects.filter(pk=ada.pk).exists()


def test_the_audit_log_contains_no_passwords_or_tokens(login, ada, page_for, api_for, logged):
    secrets = ["correct horse", "wrong horse", "battery staple"]
    pair = login().json()
    secrets += [pair["access_token"], pair["refresh_token"]]
    login(password="wrong horse")
    login(email="correct horse")  # typed into the wrong field
    page = page_for(ada)
    made = page.post("/accounts/tokens", {"name": "nightly job"})
    secrets.append(made.context["secret"])
    passwords = {"current_password": "correct horse", "new_password": "battery staple"}
    assert page.post("/accounts/password", passwords).status_code == 302
    change = {"current_password": "battery staple", "password": "correct horse"}
    assert api_for(User.objects.get()).patch(f"/users/{ada.pk}", change).status_code == 200

    assert len(logged()) >= 7
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(event::text, ' ') FROM accounts_auditevent AS event")
        [everything] = cursor.fetchone()
    assert "nightly job" in everything
    for secret in [*secrets, User.objects.get().password]:
        assert secret not in everything


def test_a_new_action_needs_no_migration():
    assert AuditEvent._meta.get_field("action").deconstruct()[3]["choices"] is audit.actions
