from django.urls import path

from learning.api import (
    archive_views,
    checking_views,
    class_views,
    example_views,
    package_views,
    training_views,
)
from learning.pages import (
    adding,
    archives,
    classes,
    classifier_page,
    examples,
    managing,
    overview,
    packages,
    picking,
    trainings,
    using,
)

# Classes and examples have numbers; trainings, archives and packages have ids.
MODEL = "models/<slug:name>"
TEACH = "teach/<slug:name>"

urlpatterns = [
    # API
    path(f"{MODEL}/classes", class_views.ClassesView.as_view(), name="taught-classes"),
    path(f"{MODEL}/classes/<slug:key>", class_views.ClassView.as_view(), name="taught-class"),
    path(f"{MODEL}/examples", example_views.ExamplesView.as_view(), name="teaching-examples"),
    path(
        f"{MODEL}/examples/<int:pk>", example_views.ExampleView.as_view(), name="teaching-example"
    ),
    path(
        f"{MODEL}/examples/<int:pk>/image",
        example_views.ExampleImageView.as_view(),
        name="teaching-image",
    ),
    path(f"{MODEL}/archives", archive_views.ArchivesView.as_view(), name="archives"),
    path(f"{MODEL}/archives/<id:pk>", archive_views.ArchiveView.as_view(), name="archive"),
    path(f"{MODEL}/versions/<int:pk>/export", package_views.ExportView.as_view(), name="export"),
    path(f"{MODEL}/packages", package_views.PackagesView.as_view(), name="packages"),
    path(f"{MODEL}/packages/<id:pk>", package_views.PackageView.as_view(), name="package"),
    path(
        f"{MODEL}/packages/<id:pk>/file",
        package_views.PackageFileView.as_view(),
        name="package-file",
    ),
    path(f"{MODEL}/corrections", checking_views.CorrectionsView.as_view(), name="corrections"),
    path(f"{MODEL}/problems", checking_views.ProblemsView.as_view(), name="problems"),
    path(f"{MODEL}/trainings", training_views.TrainingsView.as_view(), name="trainings"),
    path(f"{MODEL}/trainings/<id:pk>", training_views.TrainingView.as_view(), name="training"),
    path(
        f"{MODEL}/trainings/<id:pk>/outcomes",
        training_views.OutcomesView.as_view(),
        name="training-outcomes",
    ),
    # Pages
    path("teach", overview.TeachPage.as_view(), name="teach"),
    path(TEACH, classifier_page.ClassifierPage.as_view(), name="teach-classifier"),
    path(f"{TEACH}/title", managing.Rename.as_view(), name="teach-rename"),
    path(f"{TEACH}/public", managing.SetPublic.as_view(), name="teach-public"),
    path(f"{TEACH}/share", managing.Share.as_view(), name="teach-share"),
    path(f"{TEACH}/unshare", managing.Unshare.as_view(), name="teach-unshare"),
    path(f"{TEACH}/delete", managing.Delete.as_view(), name="teach-delete"),
    path(f"{TEACH}/classes", classes.AddClass.as_view(), name="teach-add-class"),
    path(f"{TEACH}/classes/<int:pk>", classes.ClassPage.as_view(), name="teach-class"),
    path(f"{TEACH}/classes/<int:pk>/pictures", adding.AddPictures.as_view(), name="teach-add"),
    path(
        f"{TEACH}/classes/<int:pk>/delete", classes.DeleteClass.as_view(), name="teach-delete-class"
    ),
    path(f"{TEACH}/examples", examples.ChangeExamples.as_view(), name="teach-examples"),
    path(f"{TEACH}/examples/<int:pk>/image", examples.Picture.as_view(), name="teach-picture"),
    path(
        f"{TEACH}/examples/<int:pk>/thumbnail/<int:width>",
        examples.Thumbnail.as_view(),
        name="teach-thumbnail",
    ),
    path(f"{TEACH}/archives", archives.SendArchive.as_view(), name="teach-archives"),
    path(f"{TEACH}/archives/<id:pk>", archives.ArchivePage.as_view(), name="teach-archive"),
    path(
        f"{TEACH}/archives/<id:pk>/cancel",
        archives.CancelArchive.as_view(),
        name="teach-cancel-archive",
    ),
    path(
        f"{TEACH}/versions/<int:pk>/export", packages.ExportVersion.as_view(), name="teach-export"
    ),
    path(f"{TEACH}/packages", packages.BringVersion.as_view(), name="teach-packages"),
    path(f"{TEACH}/packages/<id:pk>", packages.PackagePage.as_view(), name="teach-package"),
    path(
        f"{TEACH}/packages/<id:pk>/file", packages.PackageFile.as_view(), name="teach-package-file"
    ),
    path(
        f"{TEACH}/packages/<id:pk>/cancel",
        packages.CancelPackage.as_view(),
        name="teach-cancel-package",
    ),
    path(f"{TEACH}/packages/<id:pk>/use", packages.UseBrought.as_view(), name="teach-use-package"),
    path(f"{TEACH}/history", picking.PickFromHistory.as_view(), name="teach-history"),
    path(f"{TEACH}/corrections", picking.Corrections.as_view(), name="teach-corrections"),
    path(f"{TEACH}/rollback", using.RollBack.as_view(), name="teach-roll-back"),
    path(f"{TEACH}/trainings", trainings.Train.as_view(), name="teach-train"),
    path(f"{TEACH}/trainings/<id:pk>", trainings.TrainingPage.as_view(), name="training-page"),
    path(
        f"{TEACH}/trainings/<id:pk>/cancel",
        trainings.CancelTraining.as_view(),
        name="teach-cancel-training",
    ),
    path(f"{TEACH}/trainings/<id:pk>/pictures", trainings.CellPage.as_view(), name="teach-cell"),
    path(f"{TEACH}/trainings/<id:pk>/use", using.Use.as_view(), name="teach-use"),
    path(f"{TEACH}/trainings/<id:pk>/try", using.TryPage.as_view(), name="teach-try"),
    path(f"{TEACH}/trainings/<id:pk>/try/cards", using.TryCards.as_view(), name="teach-try-cards"),
]
