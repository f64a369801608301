from django.apps import AppConfig


class MlflowConfig(AppConfig):
    name = "predictions.mlflow"
    verbose_name = "MLflow"

    def ready(self) -> None:
        from predictions.mlflow import outbox  # noqa: F401 - connects the receivers
