"""Webhooks in the admin: whether messages arrive, without the addresses' secrets."""

import pytest

from accounts.audit import Action, AuditEvent
from tests.predictions.webhooks.conftest import send_all

PAGE = "/admin/webhooks/webhook/"


@pytest.fixture
def desk(page_for, staff):
    return page_for(staff)


def test_staff_see_whose_a_webhook_is_and_what_became_of_its_last_message(
    desk, page, webhook, receiver
):
    assert "none yet" in desk.get(PAGE).content.decode()
    receiver.status = 500
    page.post(f"/accounts/webhooks/{webhook.pk}/test")
    send_all()
    for path in (PAGE, f"{PAGE}{webhook.pk}/change/"):
        html = desk.get(path).content.decode()
        assert "127.0.0.1" in html and "ada@example.com" in html
        assert "failed: HTTP 500" in html
        assert "token=x" not in html and webhook.secret not in html


def test_a_list_of_several_webhooks_takes_one_statement_for_their_last_messages(
    desk, user, django_assert_max_num_queries
):
    for number in range(5):
        user.webhooks.create(url=f"https://{number}.example/", secret="", site="")
    with django_assert_max_num_queries(9):
        assert desk.get(PAGE).status_code == 200


def test_removing_one_is_recorded_for_whom_removed_it(desk, staff, user, webhook):
    desk.post(f"{PAGE}{webhook.pk}/delete/", {"post": "yes"})
    assert not user.webhooks.exists()
    event = AuditEvent.objects.get(action=Action.WEBHOOK_DELETED)
    assert (event.actor_email, event.target_text) == (staff.email, user.email)
    assert event.detail == {"host": webhook.host}
