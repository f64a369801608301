"""Webhooks over the API: made, listed, tested, removed, and one's own only."""

import pytest

from accounts import tokens
from predictions.webhooks import signing
from predictions.webhooks.models import Delivery, Webhook
from tests.predictions.client import NOBODYS
from tests.predictions.webhooks.conftest import send_all

ADDRESS = "https://receiver.example/done?token=secret"


def test_the_secret_is_shown_once_and_stored_encrypted(api, user):
    made = api.post("/webhooks", {"url": ADDRESS})
    assert made.status_code == 201
    secret = made.json()["secret"]
    assert secret.startswith("whsec_")
    webhook = user.webhooks.get()
    assert secret not in webhook.secret
    assert signing.decrypt(webhook.secret) == secret
    listed = api.get("/webhooks").json()
    assert listed == [api.get(made["Location"]).json()]
    assert secret not in str(listed)
    assert listed[0] == {
        "id": str(webhook.pk),
        "url": ADDRESS,
        "created_at": made.json()["created_at"],
        "disabled_at": None,
        "failures": 0,
        "last_delivery": None,
    }


def test_deliveries_are_listed_with_what_came_of_them(api, receiver, webhook):
    address = f"/webhooks/{webhook.pk}"
    assert api.post(f"{address}/test").status_code == 202
    receiver.status = 503
    send_all()
    (delivery,) = api.get(f"{address}/deliveries").json()
    assert delivery["event"] == "test"
    assert delivery["status"] == "failed"
    assert (delivery["status_code"], delivery["attempts"]) == (503, 1)
    assert api.get(address).json()["last_delivery"] == delivery


def test_of_tests_one_waits_at_a_time(api, receiver, webhook):
    for _ in range(3):
        assert api.post(f"/webhooks/{webhook.pk}/test").status_code == 202
    assert send_all() == 1


def test_what_has_not_happened_is_not_listed(api, webhook):
    webhook.deliveries.create(event="bulk.done", status=Delivery.Status.EXPECTED)
    assert api.get(f"/webhooks/{webhook.pk}/deliveries").json() == []


def test_a_removed_webhook_gets_nothing_more(api, receiver, webhook):
    api.post(f"/webhooks/{webhook.pk}/test")
    assert api.delete(f"/webhooks/{webhook.pk}").status_code == 204
    assert send_all() == 0
    assert not Webhook.objects.exists()


@pytest.mark.parametrize(
    ("method", "path"), [("get", ""), ("delete", ""), ("post", "/test"), ("get", "/deliveries")]
)
def test_another_persons_webhook_is_not_found(api_for, make_user, webhook, method, path):
    eve = api_for(make_user("eve@example.com"))
    for pk in (webhook.pk, NOBODYS):
        assert getattr(eve, method)(f"/webhooks/{pk}{path}").status_code == 404
    assert eve.get("/webhooks").json() == []


def test_a_person_has_five_at_most(api, user):
    for number in range(5):
        assert api.post("/webhooks", {"url": f"{ADDRESS}{number}"}).status_code == 201
    response = api.post("/webhooks", {"url": ADDRESS})
    assert response.status_code == 400
    assert "maximum" in response.json()["url"][0]
    assert user.webhooks.count() == 5


def test_making_and_removing_one_is_logged_without_its_secrets(api, user, logged):
    api.post("/webhooks", {"url": ADDRESS})
    api.delete(f"/webhooks/{user.webhooks.get().pk}")
    made, removed = logged("webhook_created", "webhook_deleted")
    assert made.detail == removed.detail == {"host": "receiver.example"}
    assert made.actor_id == removed.actor_id == user.pk


def test_a_token_changes_webhooks_only_if_it_can_send_and_read(client, user):
    for scopes, status in ((["read"], 403), (["predict"], 403), (["predict", "read"], 201)):
        secret = tokens.issue(user, "script", scopes)
        headers = {"Authorization": f"Bearer {secret}"}
        assert client.post("/webhooks", {"url": ADDRESS}, headers=headers).status_code == status
