from django.apps import AppConfig


class BackupsConfig(AppConfig):
    name = "classifier_site.operations.backups"
    verbose_name = "Backups"
