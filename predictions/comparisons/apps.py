from django.apps import AppConfig


class ComparisonsConfig(AppConfig):
    name = "predictions.comparisons"
    verbose_name = "Comparisons of versions"

    def ready(self) -> None:
        from predictions.comparisons import work
        from predictions.queueing.chores import maintained

        maintained.connect(work.top_up_now_and_then)
