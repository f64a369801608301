from django.urls import path

from predictions import api, views

urlpatterns = [
    # API
    path("model", api.ModelView.as_view(), name="model"),
    path("model/labels", api.LabelsView.as_view(), name="labels"),
    path("model/predict", api.PredictView.as_view(), name="predict"),
    path("model/predictions", api.PredictionsView.as_view(), name="predictions"),
    path("model/predictions/<uuid:pk>", api.PredictionView.as_view(), name="prediction"),
    path(
        "model/predictions/<uuid:pk>/image",
        api.PredictionImageView.as_view(),
        name="prediction-image",
    ),
    # Pages
    path("", views.ClassifyView.as_view(), name="classify"),
    path("history", views.HistoryView.as_view(), name="history"),
    path("history/<uuid:pk>", views.PredictionPage.as_view(), name="prediction-page"),
    path("history/<uuid:pk>/image", views.PredictionPicture.as_view(), name="prediction-picture"),
    path("history/<uuid:pk>/delete", views.PredictionDelete.as_view(), name="prediction-delete"),
]
