from django.apps import AppConfig


class DataSetsConfig(AppConfig):
    name = "learning.data_sets"
    verbose_name = "Data sets"

    def ready(self) -> None:
        from learning.data_sets.deletion import delete_some
        from learning.data_sets.models import ImportedPicture
        from predictions.pictures.deletion import shown_by
        from predictions.queueing.chores import maintained

        shown_by.append(ImportedPicture.objects)
        maintained.connect(delete_some)
