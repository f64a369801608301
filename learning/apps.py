from django.apps import AppConfig


class LearningConfig(AppConfig):
    name = "learning"
    verbose_name = "Learning"

    def ready(self) -> None:
        from learning import deletion as _  # noqa: F401 - connects the receivers
        from learning import recovery
        from learning.models import Archive, Example, Package
        from predictions import quotas
        from predictions.pictures import deletion, sweeping
        from predictions.queueing.chores import maintained

        deletion.shown_by.append(Example.objects)
        sweeping.folders["archives"] = sweeping.names_in(Archive.objects)
        sweeping.folders["packages"] = sweeping.names_in(Package.objects)
        quotas.kept_for.append(lambda user: Example.objects.filter(added_by=user))
        maintained.connect(recovery.recover_now_and_then)
