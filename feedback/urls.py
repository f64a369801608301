from django.urls import path

from feedback import api, confirm, views

urlpatterns = [
    path("feedback", api.FeedbackView.as_view(), name="feedback"),
    path(
        "model/predictions/<id:pk>/feedback",
        api.AnswerFeedbackView.as_view(),
        name="prediction-feedback",
    ),
    path("history/feedback", confirm.ConfirmView.as_view(), name="confirm-feedback"),
    path("history/<id:pk>/feedback", views.GiveFeedback.as_view(), name="give-feedback"),
]
