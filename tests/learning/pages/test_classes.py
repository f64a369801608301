"""Classes on the page of a classifier, and pictures that are given to them."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from learning.models import Example, TaughtClass
from predictions.registry.ownership import new_classifier
from tests.learning.teaching import teach, waste
from tests.pictures import photograph


@pytest.fixture
def classifier(user, model):
    return new_classifier(user, "Waste")


@pytest.fixture
def glass(classifier):
    return classifier.taught_classes.create(key="glass", name="glass")


def told(response):
    return response.content.decode()


def test_a_class_is_added_renamed_and_deleted_after_a_question(page, classifier):
    at = f"/teach/{classifier.name}"
    page.post(f"{at}/classes", {"class_name": "Glas"})
    made = TaughtClass.objects.get()
    page.post(f"{at}/classes/{made.pk}", {"class_name": "Glass"})
    assert "Glass" in told(page.get(at))
    assert "Delete the class Glass?" in told(page.get(f"{at}/classes/{made.pk}/delete"))
    page.post(f"{at}/classes/{made.pk}/delete")
    assert not TaughtClass.objects.exists()


def test_a_name_that_is_taken_is_refused_in_words(page, classifier, glass):
    at = f"/teach/{classifier.name}"
    response = page.post(f"{at}/classes", {"class_name": "GLASS"}, follow=True)
    assert "There is a class GLASS already." in told(response)


def test_none_of_these_is_offered_until_it_is_there(page, classifier):
    at = f"/teach/{classifier.name}"
    offer = "Add “None of these”"
    assert offer in told(page.get(at))
    page.post(f"{at}/classes", {"none": "yes"})
    assert offer not in told(page.get(at))
    none = TaughtClass.objects.get()
    assert none.is_none
    for path in (at, f"{at}/classes/{none.pk}"):
        assert "Ninguna de estas" in told(page.get(path, headers={"Accept-Language": "es"}))


def test_pictures_are_given_without_a_script(page, classifier, glass):
    files = [SimpleUploadedFile(path.name, path.read_bytes()) for path in waste("glass", 2)]
    wrong = SimpleUploadedFile("notes.txt", b"hello")
    path = f"/teach/{classifier.name}/classes/{glass.pk}/pictures"
    shown = told(page.post(path, {"file": [*files, wrong]}, follow=True))
    assert "2 pictures added." in shown
    assert "notes.txt: File type is not supported." in shown
    assert Example.objects.count() == 2


def test_a_script_is_told_how_many_there_are_or_why_not(page, classifier, glass):
    path = f"/teach/{classifier.name}/classes/{glass.pk}/pictures"

    def send(file):
        return page.post(path, {"file": file}, headers={"X-Requested-With": "fetch"})

    assert send(photograph()).json() == {"number": 1, "is_new": True}
    assert send(photograph()).json() == {"number": 1, "is_new": False}
    refused = send(SimpleUploadedFile("notes.txt", b"hello"))
    assert (refused.status_code, told(refused)) == (400, "File type is not supported.")


def test_the_page_of_a_class_lists_all_and_a_dozen_are_on_that_of_the_classifier(page, user, model):
    classifier = teach(user, glass=12)
    glass = classifier.taught_classes.get()
    for number in range(40):
        example = Example.objects.first()
        example.image.pk, example.image.sha256, example.image.md5 = None, str(number), str(number)
        example.image.save()
        Example.objects.create(
            taught_class=glass, image=example.image, added_by=user, file_name=f"{number}.jpg"
        )
    at = f"/teach/{classifier.name}"
    first = told(page.get(at))
    assert "Show all 52" in first
    assert first.count('class="no-picture"') == 12
    assert told(page.get(f"{at}/classes/{glass.pk}")).count('name="example"') == 48
    assert told(page.get(f"{at}/classes/{glass.pk}?page=2")).count('name="example"') == 4


def test_training_is_offered_once_there_are_two_classes_with_pictures(page, user, model):
    classifier = teach(user, glass=1)
    why = "give pictures to two classes at least."
    shown = told(page.get(f"/teach/{classifier.name}"))
    assert why in shown and "<button disabled" in shown
    classifier = teach(user, glass=1, paper=1)
    shown = told(page.get(f"/teach/{classifier.name}"))
    assert "There is nothing to tell apart" not in shown and "<button disabled" not in shown


def test_what_is_odd_is_said_before_training_with_its_pictures(page, user, model):
    classifier = teach(user, glass=1)
    teach_twice = classifier.taught_classes.create(key="paper", name="paper")
    example = Example.objects.get()
    Example.objects.create(
        taught_class=teach_twice, image=example.image, added_by=user, file_name="same.jpg"
    )
    shown = told(page.get(f"/teach/{classifier.name}"))
    assert "Fewer than 5 pictures: glass (1), paper (1). Add some to each." in shown
    assert "The same picture is in two classes." in shown
    assert shown.count('form="two-classes"') == 2
