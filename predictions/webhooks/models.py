"""Where people want to be told that a bulk request is done, and what was sent there."""

import uuid
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.signals import pre_delete
from django.dispatch import receiver
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from predictions.bulk.models import Bulk
from predictions.webhooks import addresses


class Webhook(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="webhooks"
    )
    url = models.CharField(max_length=addresses.MOST)
    secret = models.CharField(max_length=255, help_text="Encrypted.")
    site = models.TextField(help_text="The address that links in mails begin with.")
    created_at = models.DateTimeField(default=timezone.now)
    failures = models.PositiveIntegerField(default=0, help_text="Attempts since the last success.")
    attempted_at = models.DateTimeField(null=True)
    disabled_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.host

    @property
    def host(self) -> str:
        """What others than its owner see of the address: the rest may hold a secret."""
        return urlsplit(self.url).netloc

    @property
    def last_delivery(self) -> "Delivery | None":
        return self.deliveries.exclude(status=Delivery.Status.EXPECTED).first()


@receiver(pre_delete, sender=Webhook)
def lock(instance: Webhook, **kwargs: Any) -> None:
    """Before its deliveries go: sending.py locks a webhook first, and they would wait for each
    other.
    """
    Webhook.objects.select_for_update().filter(pk=instance.pk).first()


class Delivery(models.Model):
    """One event for one webhook. Its id stays the same however often it is sent."""

    class Event(models.TextChoices):
        BULK_DONE = "bulk.done", _("A bulk request is done")
        TEST = "test", _("A test")

    class Status(models.TextChoices):
        EXPECTED = "expected", _("not yet")  # the event has not happened
        WAITING = "waiting", _("waiting")
        DELIVERED = "delivered", _("delivered")
        FAILED = "failed", _("failed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    event = models.CharField(max_length=32, choices=Event.choices)
    bulk = models.ForeignKey(Bulk, on_delete=models.CASCADE, null=True)
    status = models.CharField(max_length=16, choices=Status.choices)
    body = models.TextField(blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    status_code = models.PositiveSmallIntegerField(null=True, help_text="Of the last response.")
    error = models.CharField(max_length=200, blank=True, help_text="Of the last attempt.")
    created_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name_plural = "deliveries"
        indexes = [
            models.Index(fields=["due_at"], condition=Q(status="waiting"), name="delivery_due"),
            models.Index(fields=["id"], condition=Q(status="expected"), name="delivery_expected"),
        ]

    def __str__(self) -> str:
        return f"{self.event} to {self.webhook}"
