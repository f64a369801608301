"""Webhooks are made, tested and removed; what pages and API have in common."""

import json
from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.utils.encoders import JSONEncoder

from accounts import audit
from accounts.models import User
from accounts.site_address import site_url
from predictions.bulk.models import Bulk
from predictions.webhooks import signing
from predictions.webhooks.models import Delivery, Webhook

MOST = 5  # a person
MOST_WAITING = 1000  # deliveries of a webhook


class TooMany(Exception):
    """The person has reached the maximum number of webhooks."""


@transaction.atomic
def create(request: HttpRequest | Request, user: User, url: str) -> tuple[Webhook, str]:
    """The webhook and its secret, which is shown once. `url` has been cleaned.

    Raises:
        TooMany
    """
    User.objects.select_for_update().get(pk=user.pk)  # or two requests could exceed the limit
    if user.webhooks.count() >= MOST:
        raise TooMany
    secret = signing.new_secret()
    site = site_url(request)
    webhook = user.webhooks.create(url=url, secret=signing.encrypt(secret), site=site)
    record(audit.Action.WEBHOOK_CREATED, request, webhook)
    return webhook, secret


@transaction.atomic
def remove(request: HttpRequest | Request, webhook: Webhook) -> None:
    record(audit.Action.WEBHOOK_DELETED, request, webhook)
    webhook.delete()


def record(action: audit.Action, request: HttpRequest | Request, webhook: Webhook) -> None:
    """Without path and query, which may hold a secret of the receiver's."""
    detail = {"host": webhook.host}
    audit.record(action, request, actor=request.user, target=webhook.user, detail=detail)


def send_test(webhook: Webhook) -> Delivery:
    """It is sent even to a webhook that is switched off; its success switches it on.

    One at a time: nobody can have this server flood another.
    """
    waiting = webhook.deliveries.filter(
        event=Delivery.Event.TEST, status=Delivery.Status.WAITING
    ).first()
    return waiting or webhook.deliveries.create(
        event=Delivery.Event.TEST,
        status=Delivery.Status.WAITING,
        body=body_of(Delivery.Event.TEST, {"webhook_id": webhook.pk}),
        due_at=timezone.now(),
    )


def expect_end_of(bulk: Bulk) -> None:
    """A delivery for each webhook of the sender's, to be sent when all has been answered."""
    Delivery.objects.bulk_create(
        Delivery(
            webhook=webhook,
            event=Delivery.Event.BULK_DONE,
            bulk=bulk,
            status=Delivery.Status.EXPECTED,
        )
        for webhook in Webhook.objects.filter(user_id=bulk.user_id, disabled_at=None)
        if webhook.deliveries.count() < MOST_WAITING
    )


def body_of(event: str, data: Mapping[str, Any]) -> str:
    said = {"type": event, "timestamp": timezone.now(), "data": data}
    return json.dumps(said, cls=JSONEncoder, separators=(",", ":"))
