from django.apps import AppConfig


class LearningConfig(AppConfig):
    name = "learning"
    verbose_name = "Learning"

    def ready(self) -> None:
        from learning import deletion as _  # noqa: F401 - connects the receivers
        from learning import recovery
        from learning.models import Example
        from predictions import quotas
        from predictions.pictures import deletion
        from predictions.queueing.chores import maintained

        deletion.shown_by.append(Example.objects)
        quotas.kept_for.append(lambda user: Example.objects.filter(added_by=user))
        maintained.connect(recovery.recover_now_and_then)
