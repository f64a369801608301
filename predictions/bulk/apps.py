from django.apps import AppConfig


class BulkConfig(AppConfig):
    name = "predictions.bulk"
    verbose_name = "Bulk requests"
