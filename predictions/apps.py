from django.apps import AppConfig


class PredictionsConfig(AppConfig):
    name = "predictions"
    verbose_name = "Predictions"

    def ready(self) -> None:
        from foundation.web import multipart
        from predictions.pictures import deletion  # noqa: F401 - connects the receivers
        from predictions.registry import leaving  # noqa: F401 - so does this

        multipart.install()
