from django.apps import AppConfig


class MaintenanceConfig(AppConfig):
    name = "classifier_site.operations.maintenance"
