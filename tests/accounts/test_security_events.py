"""What people read on their account page of what happened to it."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import audit, security_events
from accounts.audit import Action

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def events(page):
    """The section's lines: what, and from where."""

    def events():
        html = page.get("/accounts").content.decode()
        section = re.search(r'id="security-events".*?</section>', html, re.S)[0]
        found = re.findall(r"<strong>(.*?)</strong>.*?<span.*?>(.*?)</span></li>", section, re.S)
        return [(what, where.strip()) for what, where in found]

    return events


def test_own_actions_show_address_and_device(events, page):
    page.post("/accounts/tokens", {"name": "nightly job"}, headers={"user-agent": FIREFOX})
    assert events()[0] == ("API token created", "127.0.0.1 Firefox, Linux")


def test_a_failed_sign_in_shows_its_address(events, client, user):
    client.post("/accounts/login", {"username": user.email, "password": "wrong"})
    what, where = events()[0]
    assert (what, where.split()[0]) == ("Sign-in failed", "127.0.0.1")


def test_many_failed_sign_ins_are_one_line_with_their_number(events, client, user, settings):
    settings.THROTTLE_ACCOUNT = ["1000/min"]
    for _ in range(12):
        client.post("/accounts/login", {"username": user.email, "password": "wrong"})
    whats = [what for what, _ in events()]
    assert whats[:2] == ["Sign-in failed × 10", "Sign-in failed"]
    assert len([what for what in whats if "failed" in what]) == 2


def test_actions_of_administrators_hide_address_and_device(events, user, page_for, staff):
    form = {"email": user.email, "username": user.username, "is_active": "on", "is_staff": "on"}
    page_for(staff).post(f"/admin/accounts/user/{user.pk}/change/", form)
    audit.record(Action.SECOND_FACTOR_REMOVED, target=user)  # as the command line does
    assert events()[:2] == [
        ("Second factor removed", "by an administrator"),
        ("Permissions changed", "by an administrator"),
    ]


def test_actions_on_other_accounts_are_not_shown(events, user, page_for, make_user):
    user.is_staff = True
    user.save()
    user.user_permissions.add(Permission.objects.get(codename="delete_user"))
    other = make_user("other@example.com")
    page_for(other)  # signs in
    before = events()
    page_for(user).post(f"/admin/accounts/user/{other.pk}/delete/", {"post": "yes"})
    assert len(events()) == len(before) + 1  # the sign-in of this line
    assert "Account deleted" not in [what for what, _ in events()]


def test_the_newest_ten_are_read_with_one_statement(user):
    for _ in range(12):
        audit.record(Action.SIGNED_OUT, actor=user, target=user)
    audit.record(Action.PASSWORD_CHANGED, actor=user, target=user)
    with CaptureQueriesContext(connection) as statements:
        shown = security_events.about(user)
    assert [event["what"] for event in shown] == ["Password changed"] + 9 * ["Signed out"]
    assert len(statements) == 1
    assert "LIMIT 10" in statements[0]["sql"]
