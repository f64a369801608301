from django.apps import AppConfig


class OverviewConfig(AppConfig):
    name = "classifier_site.operations.overview"
    verbose_name = "Overview"

    def ready(self) -> None:
        from classifier_site.operations.overview import days
        from predictions.queueing.chores import maintained

        maintained.connect(days.finish_now_and_then)
