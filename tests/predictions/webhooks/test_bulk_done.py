"""A webhook is told once that a bulk request is done, with a signature that holds."""

import hmac
import time
from base64 import b64decode, b64encode

import requests

from accounts.services import issue_tokens
from predictions.models import Inference
from predictions.webhooks import signing
from predictions.webhooks.models import Delivery
from tests.pictures import photograph, shades
from tests.predictions.client import when_finished
from tests.predictions.webhooks.conftest import send_all


def send(api, *files):
    return api.post("/model/predictions", {"file": list(files)}, format="multipart")


def test_the_signature_is_that_of_the_specification():
    """The example that the specification's own libraries are tested with."""
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'
    headers = signing.headers(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_webhook_is_told_when_the_worker_has_answered_everything(api, worker, receiver, webhook):
    response = send(api, photograph("coffee.png"), photograph("rocket.jpg"))
    for entry in response.json():
        when_finished(api, entry["url"])
    assert send_all() == 1
    (body,) = receiver.bodies
    assert body["type"] == "bulk.done"
    assert body["data"]["url"] == response["Location"]
    assert body["data"]["total"] == 2
    assert body["data"]["counts"]["done"] == 2
    assert send_all() == 0


def test_nothing_is_sent_before_the_last_picture_is_finished(api, model, receiver, webhook):
    send(api, *shades(2))
    assert send_all() == 0
    first, second = Inference.objects.all()
    Inference.objects.filter(pk=first.pk).update(status="done")
    assert send_all() == 0
    Inference.objects.filter(pk=second.pk).fail("It could not be classified.")
    assert send_all() == 1
    assert receiver.bodies[0]["data"]["counts"]["failed"] == 1


def test_the_receiver_can_check_who_sent_it_and_when(api, webhook, receiver):
    api.post(f"/webhooks/{webhook.pk}/test")
    assert send_all() == 1
    ((path, headers, body),) = receiver.received
    assert path == "/done?token=x"
    assert headers["Content-Type"] == "application/json"
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 60
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = b64decode(webhook.plain_secret.removeprefix("whsec_"))
    expected = b64encode(hmac.digest(key, signed, "sha256")).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert headers["webhook-id"] == str(Delivery.objects.get().pk)


def test_only_the_senders_own_webhooks_are_told(api_for, make_user, model, webhook, receiver):
    send(api_for(make_user("eve@example.com")), *shades(1))
    Inference.objects.update(status="done")
    assert send_all() == 0


def test_requests_from_before_a_webhook_are_not_told(api, model, receiver, user):
    send(api, *shades(1))
    Inference.objects.update(status="done")
    api.post("/webhooks", {"url": receiver.url})
    assert send_all() == 0


def test_the_web_process_sends_it_by_itself(serve, worker, user, receiver):
    site = serve(WEBHOOKS_TO_PRIVATE_ADDRESSES="1")
    headers = {"Authorization": f"Bearer {issue_tokens(user).access}"}
    made = requests.post(f"{site}/webhooks", json={"url": receiver.url}, headers=headers, timeout=9)
    assert made.status_code == 201
    files = [("file", photograph("coffee.png")), ("file", photograph("rocket.jpg"))]
    sent = requests.post(f"{site}/model/predictions", files=files, headers=headers, timeout=30)
    deadline = time.monotonic() + 30
    while not receiver.received:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert receiver.bodies[0]["data"]["url"] == sent.headers["Location"]
