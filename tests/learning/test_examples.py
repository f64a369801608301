"""Pictures come in as examples, move, and go."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection

from accounts.models import User
from learning import examples, trainings
from learning.classes import add_class, add_none_class, class_called, rename
from learning.models import Example, Features, TaughtClass, Training
from learning.refusals import TeachingRefused
from predictions.models import Image, Prediction
from predictions.pictures.checks import Refused
from predictions.pictures.deletion import empty_trash
from predictions.pictures.uploads import PictureUpload
from predictions.registry.ownership import delete_classifier, new_classifier
from predictions.services import request_prediction
from tests.learning.teaching import give, teach, waste
from tests.pictures import picture
from tests.pictures import upload as photograph


def test_a_picture_is_kept_as_long_as_it_is_an_example(user, transactional_db, model):
    [example] = give(user, new_classifier(user, "Waste"), "glass", waste("glass", 1))
    file = example.image.file.name
    assert default_storage.exists(file)
    example.delete()
    assert not default_storage.exists(file)
    assert not Image.objects.exists()


def test_deleting_the_history_leaves_what_was_given_to_learn_from(
    user, transactional_db, model, ask
):
    prediction = ask(user, answered=False)
    classifier = new_classifier(user, "Drinks")
    example = examples.add_upload(user, class_called(classifier, "coffee"), photograph())
    prediction.delete()
    assert example.image.is_stored()


def test_a_picture_of_the_history_is_an_example_as_long_as_it_stays_there(
    user, transactional_db, model, ask
):
    prediction = ask(user, answered=False)
    classifier = new_classifier(user, "Drinks")
    examples.add_prediction(user, class_called(classifier, "coffee"), prediction)
    assert Example.objects.of(classifier).count() == 1
    Prediction.objects.filter(pk=prediction.pk).move_to_trash()
    assert not Example.objects.of(classifier).exists()  # and comes back with it
    Prediction.everything.update(deleted_at="2020-01-01T00:00Z")
    empty_trash(10)
    assert not Example.objects.exists()
    assert not Image.objects.exists()


def test_a_picture_given_for_good_does_not_go_with_an_earlier_pick(
    user, make_user, transactional_db, model
):
    other = make_user("grace@example.com")
    prediction = request_prediction(user, PictureUpload.of(picture().read(), "red.png"))
    coffee = class_called(new_classifier(other, "Drinks"), "coffee")
    picked = examples.add_prediction(user, coffee, prediction)
    again = PictureUpload.of(picture().read(), "red.png")
    assert examples.add_upload(other, coffee, again) == picked
    user.delete()
    example = Example.objects.get()
    assert (example.prediction, example.added_by) == (None, other)
    assert example.image.is_stored()


def test_a_picture_in_the_trash_is_given_again(user, transactional_db, model, ask):
    coffee = class_called(new_classifier(user, "Drinks"), "coffee")
    first = ask(user, answered=False)
    examples.add_prediction(user, coffee, first)
    Prediction.objects.filter(pk=first.pk).move_to_trash()
    examples.add_prediction(user, coffee, ask(user, answered=False))
    assert Example.objects.kept().count() == 1


def test_a_picture_does_not_vanish_behind_one_in_the_trash(user, transactional_db, model):
    classifier = new_classifier(user, "Drinks")
    prediction = request_prediction(user, PictureUpload.of(picture().read(), "red.png"))
    examples.add_prediction(user, class_called(classifier, "coffee"), prediction)
    Prediction.objects.filter(pk=prediction.pk).move_to_trash()
    again = PictureUpload.of(picture().read(), "red.png")
    elsewhere = examples.add_upload(user, class_called(classifier, "tea"), again)
    examples.move(elsewhere, classifier.taught_classes.get(key="coffee"))
    assert Example.objects.get() == elsewhere
    assert Example.objects.kept().get().taught_class.key == "coffee"


def test_what_is_deleted_at_that_moment_is_neither_moved_nor_renamed(user, transactional_db, model):
    classifier = teach(user, glass=1, paper=1)
    example = Example.objects.select_related("image", "added_by").get(taught_class__key="glass")
    paper = classifier.taught_classes.get(key="paper")
    Example.objects.filter(pk=example.pk).delete()
    examples.move(example, paper)
    assert paper.examples.count() == 1
    TaughtClass.objects.filter(pk=paper.pk).delete()
    rename(paper, "cardboard")
    with pytest.raises(TeachingRefused, match="class has been deleted"):
        examples.move(example, paper)


def test_the_same_picture_is_one_example_of_a_class(user, model):
    classifier = new_classifier(user, "Waste")
    [path] = waste("glass", 1)
    first, again = give(user, classifier, "glass", [path, path])
    assert first == again
    [elsewhere] = give(user, classifier, "paper", [path])
    assert elsewhere != first
    assert examples.move(elsewhere, first.taught_class) == first
    assert Example.objects.get() == first


def test_a_moved_example_counts_as_looked_at(user, model):
    classifier = teach(user, glass=1, paper=1)
    example = Example.objects.get(taught_class__key="glass")
    paper = classifier.taught_classes.get(key="paper")
    examples.move(example, paper)
    example.refresh_from_db()
    assert example.taught_class == paper
    assert example.confirmed_at is not None


def test_what_is_no_picture_is_refused(user, model):
    classifier = new_classifier(user, "Waste")
    with pytest.raises(Refused):
        give(user, classifier, "glass", [waste("glass", 1)[0].parent.parent / "LICENSE"])
    assert not Image.objects.exists()


def test_somebody_has_as_many_examples_as_one_may(user, model, settings):
    settings.EXAMPLES_PER_PERSON = 1
    with pytest.raises(TeachingRefused, match="cannot have more"):
        teach(user, glass=2)


def test_a_deleted_classifier_takes_its_pictures_along(user, transactional_db, model):
    classifier = teach(user, glass=2, paper=2)
    training = trainings.start(user, classifier)
    delete_classifier(classifier)
    assert not Image.objects.exists()
    assert Training.objects.get(pk=training.pk).status == "cancelled"


def test_a_deleted_account_takes_its_pictures_along(user, transactional_db, model, work):
    teach(user, glass=2, paper=2)
    work()  # features are computed
    assert Features.objects.count() == 4
    user.delete()
    assert not Image.objects.exists()
    assert not Features.objects.exists()


def test_two_classes_have_two_names(user, db):
    classifier = new_classifier(user, "Waste")
    glass = add_class(classifier, " Glass  jars ")
    assert (glass.name, glass.key) == ("Glass jars", "glass-jars")
    with pytest.raises(TeachingRefused, match="already"):
        add_class(classifier, "glass jars")
    other = add_class(classifier, "Glass-jars!")
    assert other.key == "glass-jars-2"
    with pytest.raises(TeachingRefused, match="already"):
        rename(other, "GLASS JARS")
    assert class_called(classifier, "GLASS JARS") == glass
    assert class_called(classifier, "glass-jars-2") == other


def test_the_first_pictures_of_a_class_sent_at_once_get_the_same_one(user, transactional_db):
    classifier = new_classifier(user, "Waste")
    start = Barrier(4)

    def called(_):
        try:
            start.wait()
            return class_called(classifier, "glass").pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(called, range(4))) == {classifier.taught_classes.get().pk}


@pytest.mark.parametrize("name", ["", "  ", "x" * 65, "\0", "\u202e\u200b"])
def test_a_class_needs_a_name(user, db, name):
    with pytest.raises(TeachingRefused):
        add_class(new_classifier(user, "Waste"), name)


def test_names_without_latin_letters_have_keys(user, db):
    classifier = new_classifier(user, "ごみ")
    keys = [add_class(classifier, name).key for name in ("紙", "瓶")]
    assert keys == ["class", "class-2"]


def test_there_is_one_class_for_none_of_the_others(user, db):
    classifier = new_classifier(user, "Waste")
    with pytest.raises(TeachingRefused, match="already"):
        rename(add_class(classifier, "paper"), "None of These")
    none = add_none_class(classifier)
    assert none.is_none
    assert add_none_class(classifier) == none == class_called(classifier, "none of these")


def test_a_picture_for_a_class_that_was_just_deleted_is_not_kept(user, transactional_db, model):
    taught_class = add_class(new_classifier(user, "Waste"), "glass")
    TaughtClass.objects.get().delete()
    before = stored_files()
    with pytest.raises(TeachingRefused, match="class has been deleted"):
        examples.add_upload(user, taught_class, photograph())
    assert not Image.objects.exists()
    assert stored_files() == before


def test_a_picture_for_an_account_that_was_just_deleted_is_not_kept(
    user, make_user, transactional_db, model
):
    other = make_user("grace@example.com")
    taught_class = add_class(new_classifier(other, "Waste"), "glass")
    gone = User.objects.get(pk=user.pk)
    user.delete()
    before = stored_files()
    with pytest.raises(TeachingRefused, match="account has been deleted"):
        examples.add_upload(gone, taught_class, photograph())
    assert stored_files() == before


def stored_files():
    return {path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()}


@pytest.mark.parametrize("add", [lambda one: add_class(one, "glass"), add_none_class])
def test_a_classifier_that_was_just_deleted_gets_no_class(user, db, add):
    classifier = new_classifier(user, "Waste")
    delete_classifier(classifier)
    with pytest.raises(TeachingRefused, match="has been deleted"):
        add(classifier)
    assert not TaughtClass.objects.exists()
