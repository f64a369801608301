"""Examples out of one's history, and out of what one has said about answers."""

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from feedback.services import give_feedback
from learning.models import Archive, Example
from predictions.registry.ownership import new_classifier
from tests.learning.teaching import teach, waste


def told(response):
    return response.content.decode()


@pytest.fixture
def classifier(user, model):
    return new_classifier(user, "Waste")


def test_pictures_of_the_history_are_found_ticked_and_given_to_a_class(
    page, user, make_user, ask, classifier
):
    coffee, rocket = ask(user), ask(user, "rocket.jpg")
    theirs = ask(make_user("grace@example.com"), "chelsea.png")
    path = f"/teach/{classifier.name}/history"
    assert "This classifier has no classes yet." in told(page.get(path))
    cups = classifier.taught_classes.create(key="cups", name="cups")
    shown = told(page.get(f"{path}?search=espresso"))
    assert str(coffee.pk) in shown and str(rocket.pk) not in shown
    form = {"id": [coffee.pk, theirs.pk], "class": cups.pk}
    assert "1 picture is an example of cups." in told(page.post(path, form, follow=True))
    assert Example.objects.get().prediction == coffee
    assert "Choose the pictures first." in told(page.post(path, {"class": cups.pk}, follow=True))


def test_answers_that_were_corrected_are_offered_and_taken(page, user, ask_taught, classifier):
    first, second = ask_taught("coffee.png"), ask_taught("rocket.jpg")
    give_feedback(first, correct=False, label="cups")
    give_feedback(second, correct=False, label="rockets")
    classifier = first.inference.model_version.classifier
    at = f"/teach/{classifier.name}"
    assert "2 answers that you judged can become examples." in told(page.get(at))
    shown = told(page.get(f"{at}/corrections"))
    assert "cups" in shown and "rockets" in shown
    said = first.feedback.get()
    assert "1 picture added." in told(
        page.post(f"{at}/corrections", {"said": said.pk}, follow=True)
    )
    page.post(f"{at}/corrections", {"all": "yes"})
    assert {(one.taught_class.name, one.file_name) for one in Example.objects.all()} == {
        ("cups", "coffee.png"),
        ("rockets", "rocket.jpg"),
    }
    assert "There is nothing to take." in told(page.get(f"{at}/corrections"))


def test_a_class_that_was_renamed_since_is_not_added_again(page, ask_taught):
    prediction = ask_taught("coffee.png")
    classifier = prediction.inference.model_version.classifier
    classifier.taught_classes.create(key=prediction.inference.class_key, name="Renamed")
    give_feedback(prediction, correct=True, label="")
    path = f"/teach/{classifier.name}/corrections"
    assert "<strong>Renamed</strong>" in told(page.get(path))
    page.post(path, {"all": "yes"})
    assert Example.objects.get().taught_class == classifier.taught_classes.get()


def zipped(*names):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, path in zip(names, waste("glass"), strict=False):
            archive.writestr(name, path.read_bytes())
    return SimpleUploadedFile("waste.zip", content.getvalue(), "application/zip")


def test_a_zip_file_is_sent_unpacked_and_says_what_was_refused(page, user, work, classifier):
    file = zipped("glass/1.jpg", "2.jpg")
    response = page.post(f"/teach/{classifier.name}/archives", {"archive": file})
    shown = told(page.get(response["Location"]))
    assert "Waiting for its turn" in shown and "data-runs" in shown
    assert "No worker for trainings is running" in shown
    work()
    shown = told(page.get(response["Location"]))
    assert "All is unpacked." in shown and "data-runs" not in shown
    assert "It lies in no folder." in shown and "2.jpg" in shown
    assert Example.objects.get().taught_class.name == "glass"


def test_a_zip_file_that_waits_is_cancelled(page, user, classifier):
    response = page.post(f"/teach/{classifier.name}/archives", {"archive": zipped("glass/1.jpg")})
    page.post(f"{response['Location']}/cancel")
    assert Archive.objects.get().status == "cancelled"


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ({}, "Choose a ZIP file first."),
        ({"archive": SimpleUploadedFile("x.zip", b"hello")}, "This is no ZIP file"),
    ],
)
def test_what_is_no_zip_file_is_refused_in_words(page, classifier, form, why):
    assert why in told(page.post(f"/teach/{classifier.name}/archives", form, follow=True))
    assert not Archive.objects.exists()


def test_an_archive_of_another_classifier_is_not_found(page, user, classifier, make_user):
    theirs = teach(make_user("grace@example.com"))
    archive = Archive.objects.create(classifier=theirs, file_name="x.zip")
    for name in (classifier.name, theirs.name):
        assert page.get(f"/teach/{name}/archives/{archive.pk}").status_code == 404
