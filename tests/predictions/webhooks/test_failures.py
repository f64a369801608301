"""Deliveries that fail are tried again, later each time, until the webhook is switched off."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection, transaction
from django.utils import timezone

from accounts import outbox
from predictions.webhooks import client, sending
from predictions.webhooks.models import Delivery, Webhook
from tests.predictions.webhooks.conftest import send_all


@pytest.fixture
def delivery(webhook):
    return webhook.deliveries.create(
        event="bulk.done", status="waiting", body="{}", due_at=timezone.now()
    )


def due_now():
    Delivery.objects.filter(status="waiting").update(due_at=timezone.now())


def test_a_failed_delivery_is_tried_again_with_the_same_id_later_each_time(
    receiver, delivery, webhook
):
    receiver.status = 500
    for attempt, wait in enumerate(sending.RETRIES, 1):
        due_now()
        assert send_all() == 1
        delivery.refresh_from_db()
        assert (delivery.status, delivery.status_code) == ("waiting", 500)
        assert delivery.attempts == attempt
        left = (delivery.due_at - timezone.now()).total_seconds()
        assert wait - 5 < left <= 1.1 * wait
    receiver.status = 200
    due_now()
    send_all()
    delivery.refresh_from_db()
    webhook.refresh_from_db()
    assert (delivery.status, webhook.failures) == ("delivered", 0)
    assert len({headers["webhook-id"] for _, headers, _ in receiver.received}) == 1


def test_a_delivery_is_given_up_after_the_last_retry(receiver, delivery):
    receiver.status = 500
    Delivery.objects.update(attempts=len(sending.RETRIES))
    send_all()
    delivery.refresh_from_db()
    assert (delivery.status, delivery.error) == ("failed", "HTTP 500")


def test_a_receiver_says_how_long_to_wait(receiver, delivery):
    receiver.status, receiver.headers = 429, {"Retry-After": "600"}
    send_all()
    delivery.refresh_from_db()
    assert delivery.due_at - timezone.now() > timedelta(seconds=590)


def test_a_redirect_is_a_failure_and_not_followed(receiver, delivery):
    receiver.status, receiver.headers = 302, {"Location": receiver.url}
    assert send_all() == 1
    delivery.refresh_from_db()
    assert delivery.status_code == 302
    assert len(receiver.received) == 1


def test_a_webhook_that_is_gone_is_switched_off_at_once(receiver, delivery, webhook):
    receiver.status = 410
    send_all()
    webhook.refresh_from_db()
    delivery.refresh_from_db()
    assert webhook.disabled_at is not None
    assert delivery.status == "failed"


def test_after_many_failures_a_webhook_is_switched_off_and_its_owner_told(
    api, page, receiver, delivery, webhook, user
):
    user.set_password("correct horse")
    user.save()
    receiver.status = 500
    webhook.failures = sending.FAILURES - 1
    webhook.save()
    send_all()
    webhook.refresh_from_db()
    assert webhook.disabled_at is not None
    page.force_login(user)
    assert "Switched off after too many failures" in page.get("/accounts/webhooks").content.decode()
    assert outbox.send_next()
    assert mail.outbox[0].to == [user.email]
    assert "http://testserver/accounts/webhooks" in mail.outbox[0].body


def test_a_successful_test_switches_a_webhook_on_again(api_for, user, receiver, webhook):
    webhook.disabled_at, webhook.failures = timezone.now(), 20
    webhook.save()
    assert api_for(user).post(f"/webhooks/{webhook.pk}/test").json()["status"] == "waiting"
    assert send_all() == 1
    webhook.refresh_from_db()
    assert (webhook.disabled_at, webhook.failures) == (None, 0)


def test_a_failed_test_is_not_repeated(api, receiver, webhook):
    receiver.status = 500
    api.post(f"/webhooks/{webhook.pk}/test")
    assert send_all() == 1
    due_now()
    assert send_all() == 0
    assert Delivery.objects.get().status == "failed"


def test_what_one_thread_sends_no_other_takes(delivery):
    assert sending.take() == delivery
    assert sending.take() is None


def test_a_delivery_whose_thread_has_died_is_sent_later(receiver, delivery):
    sending.take()
    Delivery.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    assert send_all() == 1
    delivery.refresh_from_db()
    assert delivery.status == "delivered"


def test_webhooks_take_turns(api, receiver, webhook, delivery, user):
    webhook.deliveries.create(event="test", status="waiting", body="{}", due_at=timezone.now())
    api.post("/webhooks", {"url": receiver.url.replace("done", "second")})
    second = user.webhooks.exclude(pk=webhook.pk).get()
    second.deliveries.create(event="test", status="waiting", body="{}", due_at=timezone.now())
    send_all()
    assert [path.partition("?")[0] for path, *_ in receiver.received] == [
        *("/done", "/second", "/done")
    ]


def test_a_lost_signing_secret_is_said(settings, receiver, delivery):
    settings.SECRET_KEY = "another" * 10
    send_all()
    delivery.refresh_from_db()
    assert delivery.error == sending.UNSIGNED
    assert not receiver.received


def test_only_the_latest_deliveries_are_kept(receiver, webhook, monkeypatch):
    monkeypatch.setattr(sending, "KEPT", 2)
    for _ in range(4):
        webhook.deliveries.create(event="test", status="waiting", body="{}", due_at=timezone.now())
    assert send_all() == 4
    assert webhook.deliveries.count() == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("remove", ["webhook", "account"])
def test_a_webhook_can_be_removed_while_its_delivery_ends(receiver, webhook, delivery, remove):
    """The one that ends a delivery holds the webhook, and then wants the delivery."""
    taken = sending.take()
    has_webhook, goes_on = threading.Event(), threading.Event()

    def end():
        try:
            with transaction.atomic():
                Webhook.objects.select_for_update().get(pk=webhook.pk)
                has_webhook.set()
                goes_on.wait(10)
                sending.note(taken, client.Outcome(204))
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        ended = pool.submit(end)
        has_webhook.wait(10)
        threading.Timer(0.5, goes_on.set).start()
        (webhook if remove == "webhook" else webhook.user).delete()
        ended.result(timeout=10)
    assert not Delivery.objects.exists()
