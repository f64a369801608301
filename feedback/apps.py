from django.apps import AppConfig


class FeedbackConfig(AppConfig):
    name = "feedback"
    verbose_name = "Feedback"

    def ready(self) -> None:
        from feedback.partitions.keeping import make_missing_now_and_then
        from predictions.queueing.chores import maintained

        maintained.connect(make_missing_now_and_then)
