from django.apps import AppConfig


class PredictionsConfig(AppConfig):
    name = "predictions"
    verbose_name = "Predictions"

    def ready(self) -> None:
        from foundation.web import multipart
        from predictions.pictures import deletion  # noqa: F401 - connects the receivers
        from predictions.queueing.chores import maintained
        from predictions.queueing.clearing import clear_now_and_then
        from predictions.queueing.indexing import index_while_idle
        from predictions.queueing.tidying import (
            delete_expired_now_and_then,
            sweep_now_and_then,
        )
        from predictions.registry import leaving  # noqa: F401 - so does this

        maintained.connect(clear_now_and_then)
        maintained.connect(delete_expired_now_and_then)
        maintained.connect(sweep_now_and_then)
        maintained.connect(index_while_idle)
        multipart.install()
