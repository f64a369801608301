from django.urls import path, register_converter
from django.urls.converters import UUIDConverter
from django.views.generic import TemplateView

from predictions.api import (
    bulk_view,
    classifier_views,
    comparison_views,
    model_views,
    role_views,
    similar_view,
    views,
    webhook_views,
)
from predictions.pages import (
    class_search,
    classify,
    comparisons,
    history,
    phone,
    picture,
    similar,
    staff_models,
    storage,
    trash,
    webhooks,
)


class AnyCaseUUIDConverter(UUIDConverter):
    """RFC 9562 reads both cases; Django's own only the lower."""

    regex = UUIDConverter.regex.replace("a-f", "a-fA-F")


register_converter(AnyCaseUUIDConverter, "id")

urlpatterns = [
    # API
    path("model", model_views.ModelView.as_view(), name="model"),
    path("model/labels", model_views.LabelsView.as_view(), name="labels"),
    path("models", classifier_views.ClassifiersView.as_view(), name="models"),
    path("models/<slug:name>", classifier_views.ClassifierView.as_view(), name="classifier"),
    path("models/<slug:name>/shares", classifier_views.SharesView.as_view(), name="shares"),
    path(
        "models/<slug:name>/versions",
        model_views.VersionsView.as_view(),
        name="classifier-versions",
    ),
    path("models/<slug:name>/labels", model_views.ClassesView.as_view(), name="classifier-labels"),
    path("models/<slug:name>/roles", role_views.RolesView.as_view(), name="roles"),
    path(
        "models/<slug:name>/roles/history",
        role_views.RoleHistoryView.as_view(),
        name="role-history",
    ),
    path("model/predict", views.PredictView.as_view(), name="predict"),
    path("model/predictions", views.PredictionsView.as_view(), name="predictions"),
    path("model/predictions/<id:pk>", views.PredictionView.as_view(), name="prediction"),
    path(
        "model/predictions/<id:pk>/image",
        views.PredictionImageView.as_view(),
        name="prediction-image",
    ),
    path(
        "model/predictions/<id:pk>/similar",
        similar_view.SimilarView.as_view(),
        name="prediction-similar",
    ),
    path("model/bulk/<id:pk>", bulk_view.BulkView.as_view(), name="bulk"),
    path(
        "models/<slug:name>/comparisons",
        comparison_views.ComparisonsView.as_view(),
        name="comparisons",
    ),
    path("comparisons/<id:pk>", comparison_views.ComparisonView.as_view(), name="comparison"),
    path("webhooks", webhook_views.WebhooksView.as_view(), name="webhooks"),
    path("webhooks/<id:pk>", webhook_views.WebhookView.as_view(), name="webhook"),
    path("webhooks/<id:pk>/test", webhook_views.WebhookTestView.as_view(), name="webhook-test"),
    path(
        "webhooks/<id:pk>/deliveries",
        webhook_views.DeliveriesView.as_view(),
        name="webhook-deliveries",
    ),
    # Pages
    path("accounts/storage", storage.StoragePage.as_view(), name="storage"),
    path("accounts/webhooks", webhooks.WebhooksPage.as_view(), name="webhooks-page"),
    path(
        "accounts/webhooks/<id:pk>/test",
        webhooks.TestWebhook.as_view(),
        name="webhook-page-test",
    ),
    path(
        "accounts/webhooks/<id:pk>/remove",
        webhooks.RemoveWebhook.as_view(),
        name="webhook-page-remove",
    ),
    path(
        "staff/models/<slug:name>/compare",
        comparisons.ComparisonsPage.as_view(),
        name="comparisons-page",
    ),
    path("staff/comparisons/<id:pk>", comparisons.ComparisonPage.as_view(), name="comparison-page"),
    path(
        "staff/comparisons/<id:pk>/cancel",
        comparisons.CancelComparison.as_view(),
        name="cancel-comparison",
    ),
    path("", classify.ClassifyView.as_view(), name="classify"),
    path("example", classify.ExampleView.as_view(), name="example"),
    path("manifest.webmanifest", phone.ManifestView.as_view(), name="manifest"),
    path("share/pictures", phone.ShareView.as_view(), name="share"),
    path(
        # From this path it is the worker of `/share/` alone, and no other page waits for it.
        "share/worker.js",
        TemplateView.as_view(
            template_name="predictions/share-worker.js", content_type="text/javascript"
        ),
        name="share-worker",
    ),
    path("history/cards", classify.CardsView.as_view(), name="cards"),
    path("history/labels", class_search.ClassSearch.as_view(), name="label-names"),
    path("history", history.HistoryView.as_view(), name="history"),
    path("history/export.csv", history.ExportView.as_view(), {"kind": "csv"}, name="export-csv"),
    path("history/export.json", history.ExportView.as_view(), {"kind": "json"}, name="export-json"),
    path("history/tiles", history.TilesView.as_view(), name="tiles"),
    path("history/delete", trash.DeleteView.as_view(), name="delete"),
    path("history/trash", trash.TrashView.as_view(), name="trash"),
    path(
        "history/trash/<id:pk>/thumbnail/<int:width>",
        trash.TrashThumbnailView.as_view(),
        name="trash-thumbnail",
    ),
    path("history/<id:pk>", picture.PredictionPage.as_view(), name="prediction-page"),
    path("history/<id:pk>/consent", picture.ConsentView.as_view(), name="change-consent"),
    path("history/<id:pk>/keep", picture.KeepView.as_view(), name="keep-picture"),
    path("history/<id:pk>/again", picture.AskAgainView.as_view(), name="ask-again"),
    path("history/<id:pk>/image", picture.PictureView.as_view(), name="prediction-picture"),
    path(
        "history/<id:pk>/thumbnail/<int:width>",
        picture.ThumbnailView.as_view(),
        name="prediction-thumbnail",
    ),
    path("staff/pictures/<int:pk>/similar", similar.SimilarPage.as_view(), name="similar-page"),
    path("staff/models", staff_models.ModelsPage.as_view(), name="models-page"),
    path("staff/models/<slug:name>", staff_models.ModelPage.as_view(), name="model-page"),
    path(
        "staff/models/<slug:name>/ensemble",
        staff_models.MakeEnsemble.as_view(),
        name="make-ensemble",
    ),
    path(
        "staff/models/<slug:name>/threshold",
        staff_models.ChangeThresholds.as_view(),
        name="change-thresholds",
    ),
    path(
        "staff/models/<slug:name>/rollback",
        staff_models.ChangeRole.as_view(),
        {"act": "rollback"},
        name="roll-back",
    ),
    path(
        "staff/versions/<int:pk>/<slug:act>",
        staff_models.ChangeRole.as_view(),
        name="change-role",
    ),
]
