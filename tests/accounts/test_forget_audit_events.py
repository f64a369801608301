from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.audit import Action, AuditEvent


@pytest.fixture
def events(db):
    """By their age in days."""
    return {
        days: AuditEvent.objects.create(
            action=Action.SIGNED_IN, created_at=timezone.now() - timedelta(days=days)
        )
        for days in (0, 29, 31, 89, 91, 400)
    }


def left(events):
    ids = [event.pk for event in events.values()]
    kept = AuditEvent.objects.filter(pk__in=ids).values_list("pk", flat=True)
    return [days for days, event in events.items() if event.pk in kept]


def test_older_events_are_deleted_and_newer_ones_kept(events, capsys):
    call_command("forget_audit_events", "--older-than-days=90")
    assert left(events) == [0, 29, 31, 89]
    assert capsys.readouterr().out == "2 events deleted.\n"


def test_fewer_than_thirty_days_are_refused(events):
    with pytest.raises(CommandError, match="must be 30 or more"):
        call_command("forget_audit_events", "--older-than-days=29")
    assert len(left(events)) == 6
    call_command("forget_audit_events", "--older-than-days=30")
    assert left(events) == [0, 29]


def test_the_deletion_is_recorded(events, logged):
    call_command("forget_audit_events", "--older-than-days=90")
    [event] = logged(Action.EVENTS_FORGOTTEN)
    assert event.detail == {"older than days": 90, "events": 2}
