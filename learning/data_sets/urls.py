from django.urls import path

from learning.data_sets import pages

EXPORT, IMPORT = "data-sets/exports/<id:pk>", "data-sets/imports/<id:pk>"

urlpatterns = [
    path("data-sets", pages.DataSetsPage.as_view(), name="data-sets"),
    path("data-sets/exports", pages.StartExport.as_view(), name="data-set-exports"),
    path(EXPORT, pages.ExportPage.as_view(), name="data-set-export"),
    path(f"{EXPORT}/file", pages.ExportFile.as_view(), name="data-set-file"),
    path(f"{EXPORT}/cancel", pages.CancelExport.as_view(), name="cancel-data-set-export"),
    path("data-sets/imports", pages.StartImport.as_view(), name="data-set-imports"),
    path(IMPORT, pages.ImportPage.as_view(), name="data-set-import"),
    path(f"{IMPORT}/cancel", pages.CancelImport.as_view(), name="cancel-data-set-import"),
    path(f"{IMPORT}/delete", pages.DeleteImport.as_view(), name="delete-data-set-import"),
]
