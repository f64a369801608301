"""The audit log is only added to: PostgreSQL itself refuses the rest."""

from datetime import timedelta

import pytest
from django.db import ProgrammingError, connection, transaction
from django.utils import timezone

from accounts import audit
from accounts.audit import Action, AuditEvent


@pytest.fixture
def event(user):
    audit.record(Action.SIGNED_IN, actor=user, target=user)
    return AuditEvent.objects.get(action=Action.SIGNED_IN)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE accounts_auditevent SET actor_email = 'somebody@example.com'",
        "UPDATE accounts_auditevent SET created_at = now() - interval '1 year'",
        "DELETE FROM accounts_auditevent",
        "TRUNCATE accounts_auditevent",
    ],
)
def test_events_cannot_be_changed(event, statement):
    with (
        pytest.raises(ProgrammingError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert AuditEvent.objects.get(pk=event.pk).created_at == event.created_at


def test_an_event_is_kept_when_its_people_are_deleted(event, user):
    number = user.pk
    user.delete()
    left = AuditEvent.objects.get(pk=event.pk)
    assert (left.actor_id, left.actor_email) == (number, "ada@example.com")
    assert (left.target_id, left.target_text) == (str(number), "ada@example.com")


def test_events_younger_than_thirty_days_cannot_be_deleted(event):
    old = an_event_of(days=29)
    with pytest.raises(ProgrammingError, match="append-only"), transaction.atomic():
        old.delete()
    assert AuditEvent.objects.filter(pk=old.pk).exists()


def test_events_older_than_thirty_days_can_be_deleted(event):
    old = an_event_of(days=31)
    old.delete()
    assert not AuditEvent.objects.filter(action=Action.SIGNED_OUT).exists()


def an_event_of(days):
    when = timezone.now() - timedelta(days=days)
    return AuditEvent.objects.create(action=Action.SIGNED_OUT, created_at=when)
