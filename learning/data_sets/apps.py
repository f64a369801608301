from django.apps import AppConfig


class DataSetsConfig(AppConfig):
    name = "learning.data_sets"
    verbose_name = "Data sets"

    def ready(self) -> None:
        from learning.data_sets.deletion import delete_some
        from learning.data_sets.models import DataSetExport, DataSetImport, ImportedPicture
        from predictions.pictures import sweeping
        from predictions.pictures.deletion import shown_by
        from predictions.queueing.chores import maintained

        shown_by.append(ImportedPicture.objects)
        sweeping.folders["data-sets"] = sweeping.names_in(
            DataSetExport.objects, DataSetImport.objects
        )
        maintained.connect(delete_some)
