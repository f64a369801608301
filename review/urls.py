from django.urls import path

from review.pages import confusion, figures, label, overview, pictures, queue

urlpatterns = [
    path("review", overview.Overview.as_view(), name="review"),
    path("review/pictures/<str:shown>", pictures.Picture.as_view(), name="review-picture"),
    path(
        "review/pictures/<str:shown>/<int:width>",
        pictures.Picture.as_view(),
        name="review-thumbnail",
    ),
    path("review/labels/<int:pk>/<slug:name>", label.LabelPage.as_view(), name="review-label"),
    path("review/accuracy", figures.AccuracyPage.as_view(), name="review-accuracy"),
    path("review/confusion", confusion.ConfusionPage.as_view(), name="review-confusion"),
    path("review/confusion/pictures", confusion.PairPage.as_view(), name="review-pair"),
    path("review/<slug:name>/<slug:queue>", queue.QueuePage.as_view(), name="review-queue"),
]
