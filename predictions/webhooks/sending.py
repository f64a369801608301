"""Deliveries wait in the database and are sent by threads of the web process.

Not by workers: these decode untrusted pictures and reach no network but PostgreSQL and Redis. A
delivery may arrive twice, if a process dies after it was sent; its id tells the receiver.
"""

import logging
from datetime import timedelta
from random import random
from threading import Thread
from time import sleep, time
from typing import cast

from django.db import Error as DatabaseError
from django.db import close_old_connections, transaction
from django.db.models import F, Q
from django.utils import timezone

from accounts import outbox
from accounts.models import OutgoingMail
from predictions.bulk.models import UNFINISHED, Bulk
from predictions.webhooks import client, signing
from predictions.webhooks.client import Outcome
from predictions.webhooks.models import Delivery, Webhook
from predictions.webhooks.services import body_of

logger = logging.getLogger(__name__)

Status, Event = Delivery.Status, Delivery.Event
THREADS = 2
PAUSE = 2  # seconds
# Another thread sends it if this one has died; longer than client.post can take.
LEASE = timedelta(minutes=2)
# As the Standard Webhooks specification suggests, in seconds; the last is 76 hours after the first.
RETRIES = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400]
LONGEST_WAIT = 86_400  # that a receiver can ask for
FAILURES = 20  # attempts in a row, of all deliveries, before a webhook is switched off
KEPT = 50  # finished deliveries of a webhook
GONE = 410
SWITCHED_OFF = "The webhook was switched off after too many failures."
UNSIGNED = "The signing secret was lost. Remove this webhook and create it again."


def start() -> None:
    """Sends from this process until it ends; other processes may do so at the same time."""
    for number in range(THREADS):
        Thread(target=send_for_ever, name=f"webhooks-{number}", daemon=True).start()


def send_for_ever() -> None:
    while True:
        close_old_connections()
        try:
            note_ends()
            while send_next():
                pass
        except DatabaseError as error:
            logger.warning("Webhooks are delayed: %s", str(error).strip())
        except Exception:  # whatever a stranger's server has done, the others must be told
            logger.exception("A webhook could not be sent; it is tried again later")
        sleep(PAUSE)


@transaction.atomic
def note_ends() -> None:
    """Deliveries whose bulk requests are done become due."""
    expected = Delivery.objects.filter(status=Status.EXPECTED).select_related("bulk")
    ended = expected.exclude(bulk__entries__prediction__inference__status__in=UNFINISHED)
    for delivery in ended.select_for_update(skip_locked=True, of=("self",))[:100]:
        bulk = cast(Bulk, delivery.bulk)  # without one it would not be expected
        counts = bulk.counts()
        data = {
            "id": bulk.pk,
            "url": bulk.get_absolute_url(),
            "created_at": bulk.created_at,
            "total": sum(counts.values()),
            "counts": counts,
        }
        delivery.body = body_of(Event.BULK_DONE, data)
        delivery.status, delivery.due_at = Status.WAITING, timezone.now()
        delivery.save()


def send_next() -> bool:
    """Sends one delivery; False if none is due. Webhooks take turns."""
    delivery = take()
    if delivery is None:
        return False
    delivery.webhook.refresh_from_db()
    note(delivery, send(delivery))
    return True


@transaction.atomic
def take() -> Delivery | None:
    now = timezone.now()
    due = Delivery.objects.filter(status=Status.WAITING, due_at__lte=now).filter(
        Q(webhook__disabled_at=None) | Q(event=Event.TEST)
    )
    in_turn = due.order_by(F("webhook__attempted_at").asc(nulls_first=True), "due_at")
    rows = in_turn.select_related("webhook")
    delivery = rows.select_for_update(skip_locked=True, of=("self", "webhook")).first()
    if delivery is None:
        return None
    delivery.attempts += 1
    delivery.due_at = now + LEASE
    delivery.save(update_fields=["attempts", "due_at"])
    Webhook.objects.filter(pk=delivery.webhook_id).update(attempted_at=now)
    return delivery


def send(delivery: Delivery) -> Outcome:
    body = delivery.body.encode()
    try:
        secret = signing.decrypt(delivery.webhook.secret)
    except signing.SecretLost:
        return Outcome(None, UNSIGNED)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "image-classification",
        **signing.headers(secret, str(delivery.pk), int(time()), body),
    }
    return client.post(delivery.webhook.url, body, headers)


@transaction.atomic
def note(delivery: Delivery, outcome: Outcome) -> None:
    """What has come of an attempt; nothing if the webhook was removed meanwhile."""
    webhook = Webhook.objects.select_for_update().filter(pk=delivery.webhook_id).first()
    if webhook is None:
        return
    delivery.status_code, delivery.error = outcome.status, outcome.error
    if outcome.is_success:
        delivery.status = Status.DELIVERED
        webhook.failures, webhook.disabled_at = 0, None
    else:
        webhook.failures += 1
        retries = [] if delivery.event == Event.TEST else RETRIES
        if delivery.attempts > len(retries):
            delivery.status = Status.FAILED
        else:
            wait = retries[delivery.attempts - 1]
            asked = min(outcome.retry_after, LONGEST_WAIT)
            seconds = max(wait, asked) * (1 + random() / 10)  # noqa: S311 - spreads retries
            delivery.due_at = timezone.now() + timedelta(seconds=seconds)
    changed = ("status", "status_code", "error", "due_at")  # nothing, if it was deleted meanwhile
    Delivery.objects.filter(pk=delivery.pk).update(
        **{name: getattr(delivery, name) for name in changed}
    )
    if not outcome.is_success and (outcome.status == GONE or webhook.failures >= FAILURES):
        switch_off(webhook)
    webhook.save(update_fields=["failures", "disabled_at"])
    forget_old(webhook)


def switch_off(webhook: Webhook) -> None:
    if webhook.disabled_at is not None:
        return
    webhook.disabled_at = timezone.now()
    webhook.deliveries.filter(status__in=[Status.EXPECTED, Status.WAITING]).update(
        status=Status.FAILED, error=SWITCHED_OFF
    )
    user = webhook.user
    kind = OutgoingMail.Kind.WEBHOOK_SWITCHED_OFF
    outbox.put_for(kind, user.email, site=webhook.site, language=user.language)


def forget_old(webhook: Webhook) -> None:
    finished = webhook.deliveries.filter(status__in=[Status.DELIVERED, Status.FAILED])
    old = finished.values_list("pk", flat=True)[KEPT:]
    webhook.deliveries.filter(pk__in=list(old)).delete()
