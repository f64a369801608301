"""Webhooks as the API reads and writes them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from foundation.web import fields
from predictions.webhooks import addresses
from predictions.webhooks.models import Delivery, Webhook


class DeliverySerializer(serializers.ModelSerializer[Delivery]):
    class Meta:
        model = Delivery
        fields = ["id", "event", "status", "attempts", "status_code", "error", "created_at"]
        read_only_fields = fields


class WebhookSerializer(serializers.ModelSerializer[Webhook]):
    url = fields.CharField(
        max_length=addresses.MOST, help_text="A public address that begins with https://."
    )
    last_delivery = serializers.SerializerMethodField()

    class Meta:
        model = Webhook
        fields = ["id", "url", "created_at", "disabled_at", "failures", "last_delivery"]
        read_only_fields = ["id", "created_at", "disabled_at", "failures"]
        extra_kwargs = {
            "disabled_at": {"help_text": "Since when nothing is sent, after too many failures."}
        }

    def validate_url(self, value: str) -> str:
        return addresses.clean(value)

    @extend_schema_field(DeliverySerializer(allow_null=True))
    def get_last_delivery(self, webhook: Webhook) -> dict[str, Any] | None:
        last = webhook.last_delivery
        return None if last is None else DeliverySerializer(last).data


class NewWebhookSerializer(WebhookSerializer):
    """With the secret, which is shown only once."""

    secret = serializers.CharField(help_text="Signs each delivery. Keep it: it is shown once.")

    class Meta(WebhookSerializer.Meta):
        fields = [*WebhookSerializer.Meta.fields, "secret"]
