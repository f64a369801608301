from django.urls import path

from learning.data_sets import api, pages

EXPORTS, IMPORTS = ("models/<slug:name>/data-sets/exports", "models/<slug:name>/data-sets/imports")
EXPORT, IMPORT = "data-sets/exports/<id:pk>", "data-sets/imports/<id:pk>"

urlpatterns = [
    # API
    path(EXPORTS, api.ExportsView.as_view(), name="api-data-set-exports"),
    path(f"{EXPORTS}/<id:pk>", api.ExportView.as_view(), name="api-data-set-export"),
    path(f"{EXPORTS}/<id:pk>/file", api.ExportFileView.as_view(), name="api-data-set-file"),
    path(IMPORTS, api.ImportsView.as_view(), name="api-data-set-imports"),
    path(f"{IMPORTS}/<id:pk>", api.ImportView.as_view(), name="api-data-set-import"),
    path(f"{IMPORTS}/<id:pk>/cancel", api.CancelImportView.as_view(), name="api-cancel-import"),
    # Pages
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
