from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "predictions.webhooks"
    verbose_name = "Webhooks"
