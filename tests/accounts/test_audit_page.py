"""The audit log in the admin."""

from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import audit, audit_admin
from accounts.audit import Action, AuditEvent
from accounts.models import User

LOG = "/admin/accounts/auditevent/"


@pytest.fixture
def auditor(page_for, make_user):
    """Staff who may see the log, and no more."""
    person = make_user("auditor@example.com", is_staff=True)
    person.user_permissions.add(Permission.objects.get(codename="view_auditevent"))
    return page_for(person)


@pytest.fixture
def events(db, user, rf):
    grace = User.objects.create_user("grace@example.com")
    from_afar = rf.get("/", REMOTE_ADDR="2001:db8::7", headers={"user-agent": "Firefox"})
    nearby = rf.get("/", REMOTE_ADDR="192.0.2.7")
    audit.record(Action.EXPORTED, from_afar, actor=user, target=user, detail={"format": "zip"})
    audit.record(Action.EMAIL_CHANGED, nearby, actor=user, target=grace, detail={"before": "g@x"})
    audit.record(
        Action.RIGHTS_CHANGED,
        nearby,
        actor=grace,
        target=user,
        detail={"groups": {"before": [], "after": ["reviewers", "staff"]}},
    )


def rows(response):
    assert response.status_code == 200
    return {event.action for event in response.context["cl"].result_list}


def test_the_audit_log_requires_its_permission(auditor, page, page_for, make_user, events):
    assert Action.EXPORTED in rows(auditor.get(LOG))
    other = page_for(make_user("clerk@example.com", is_staff=True))
    assert other.get(LOG).status_code == 403
    assert page.get(LOG).status_code != 200


def test_a_row_shows_actor_action_target_address_and_client(auditor, events):
    said = auditor.get(LOG).content.decode()
    for word in (
        "Data exported",
        "ada@example.com",
        "themselves",
        "2001:db8::7",
        "format: zip",
        "groups: none → reviewers, staff",
        "before: g@x",
    ):
        assert word in said


def test_an_event_has_a_read_only_page(auditor, events):
    event = AuditEvent.objects.get(action=Action.EXPORTED)
    said = auditor.get(f"{LOG}{event.pk}/change/").content.decode()
    assert "Firefox" in said
    assert 'name="_save"' not in said
    assert "deletelink" not in said


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"action__exact": Action.EXPORTED}, {Action.EXPORTED}),
        ({"q": "GRACE@"}, {Action.EMAIL_CHANGED, Action.RIGHTS_CHANGED}),
        ({"q": "2001:DB8"}, {Action.EXPORTED}),
        ({"q": "192.0.2."}, {Action.EMAIL_CHANGED, Action.RIGHTS_CHANGED}),
        ({"q": "192.0.2. ada", "action__exact": Action.EMAIL_CHANGED}, {Action.EMAIL_CHANGED}),
        ({"q": "example.com"}, set()),
    ],
)
def test_events_are_found_by_email_and_address(auditor, events, query, found):
    assert rows(auditor.get(LOG, query)) == found


def test_events_are_found_by_day(auditor, db):
    AuditEvent.objects.create(
        action=Action.SIGNED_OUT, created_at=datetime(2024, 5, 17, 12, tzinfo=UTC)
    )
    day = {"created_at__year": 2024, "created_at__month": 5, "created_at__day": 17}
    assert rows(auditor.get(LOG, day)) == {Action.SIGNED_OUT}


def test_the_years_are_listed_without_reading_every_event(auditor, db):
    """With a million events, to ask which years have some took a second."""
    AuditEvent.objects.create(
        action=Action.SIGNED_OUT, created_at=datetime(2023, 5, 17, tzinfo=UTC)
    )
    with CaptureQueriesContext(connection) as statements:
        said = auditor.get(LOG).content.decode()
    for year in range(2023, timezone.now().year + 1):
        assert f"?created_at__year={year}" in said
    assert not [query for query in statements if "DISTINCT" in query["sql"]]


@pytest.mark.parametrize("path", ["add/", "{pk}/delete/", "{pk}/change/", ""])
def test_superusers_cannot_change_events(page_for, staff, events, path):
    event = AuditEvent.objects.get(action=Action.EXPORTED)
    form = {"post": "yes", "action": "delete_selected", "_selected_action": [event.pk]}
    page_for(staff).post(LOG + path.format(pk=event.pk), form)
    assert AuditEvent.objects.get(pk=event.pk).action == Action.EXPORTED
    assert page_for(staff).get(f"{LOG}add/").status_code == 403
    assert page_for(staff).get(f"{LOG}{event.pk}/delete/").status_code == 403


def test_the_count_stops_where_paging_stops(auditor, events, monkeypatch):
    monkeypatch.setattr(audit_admin, "MOST", 2)
    response = auditor.get(LOG)
    assert response.context["cl"].result_count == 2
    assert "The newest 2. Filter or search" in response.content.decode()


def test_no_hint_is_shown_while_all_events_can_be_reached(auditor, events):
    assert "Filter or search" not in auditor.get(LOG).content.decode()
