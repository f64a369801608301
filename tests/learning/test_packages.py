"""Versions are taken away as files, and brought back."""

import io
from datetime import timedelta
from zipfile import ZipFile

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone, translation

from learning import packages, recovery, trainings
from learning.models import Package
from learning.queue import MOST_WAITING
from learning.refusals import Busy, TeachingRefused
from predictions.registry.ownership import delete_classifier, new_classifier
from tests.learning.teaching import teach
from tests.predictions.heads import add_colours


@pytest.fixture
def exported(user, model, work):
    """A version of another classifier, and its file."""
    package = packages.start_export(user, add_colours(model))
    work()
    package.refresh_from_db()
    assert (package.status, package.error) == ("done", "")
    return package


def test_a_version_comes_back_as_a_version_of_another_classifier(user, work, exported):
    classifier = new_classifier(user, "Colours again")
    with exported.file.open("rb") as file:
        package = packages.start_import(user, classifier, file, "colours.zip")
    work()
    package.refresh_from_db()
    assert (package.status, package.error) == ("done", "")
    assert package.version.classifier == classifier
    assert package.version.role == "retired"
    assert package.version.label_set == exported.version.label_set
    assert not package.file


def test_what_was_learned_from_people_is_exported(user, work):
    training = trainings.start(user, teach(user, cardboard=4, glass=4))
    work()
    training.refresh_from_db()
    package = packages.start_export(user, training.version)
    work()
    package.refresh_from_db()
    assert (package.status, package.error) == ("done", "")
    assert package.file_name.startswith("waste-")


def test_asked_again_it_is_the_same_file(user, exported):
    assert packages.start_export(user, exported.version) == exported


def test_a_file_is_kept_for_a_day(exported):
    name = exported.file.name
    recovery.recover()
    assert default_storage.exists(name)
    Package.objects.update(created_at=timezone.now() - timedelta(days=2))
    recovery.recover()
    assert not default_storage.exists(name)


def test_a_deleted_classifier_takes_its_files_along(exported):
    name = exported.file.name
    delete_classifier(exported.classifier)
    assert not default_storage.exists(name)


def test_a_file_that_is_no_version_is_refused(user, work, exported):
    classifier = new_classifier(user, "Colours again")
    with exported.file.open("rb") as file:
        cut = file.read()[:-4000] + b"x" * 4000
    with pytest.raises(TeachingRefused, match="no ZIP file"):
        packages.start_import(user, classifier, ContentFile(cut), "cut.zip")
    assert not classifier.packages.exists()


def test_somebody_has_a_few_at_once(user, model):
    classifier = new_classifier(user, "Colours again")
    Package.objects.bulk_create(
        Package(classifier=classifier, started_by=user) for _ in range(MOST_WAITING)
    )
    with pytest.raises(Busy):
        packages.start_export(user, add_colours(model))


def test_why_an_import_failed_is_said_in_the_reader_s_language(user, work, model):
    content = io.BytesIO()
    with ZipFile(content, "w") as archive:
        archive.writestr("holiday.jpg", b"")
    classifier = new_classifier(user, "Colours")
    package = packages.start_import(user, classifier, ContentFile(content.getvalue()), "x.zip")
    work()
    package.refresh_from_db()
    assert package.error.endswith("it must not contain 'holiday.jpg'.")
    with translation.override("es"):
        said = package.says(package.error)
    assert "'holiday.jpg'" in said and said != package.error
