"""Feedback says which class of which classifier a picture shows."""

import importlib

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from feedback.models import Feedback
from feedback.services import give_feedback
from predictions import services
from tests.pictures import upload
from tests.predictions.heads import add_colours
from tests.predictions.in_process import answer
from tests.predictions.versions import promote

CUP, ESPRESSO = "n07930864", "n07920052"


@pytest.fixture
def ask_colours(user, model):
    """An answer of another classifier, and the key of its other class."""

    def ask_colours():
        promote(add_colours(model))
        with upload("coffee.png") as file:
            prediction = services.request_prediction(user, file, classifier="colours")
        answer([prediction.inference])
        prediction.inference.refresh_from_db()
        other = {"red": "blue", "blue": "red"}[prediction.inference.class_key]
        return prediction, other

    return ask_colours


@pytest.fixture
def say(api):
    def say(prediction, **said):
        return api.post(f"/model/predictions/{prediction.pk}/feedback", said).json()

    return say


@pytest.mark.parametrize(
    ("label", "key"),
    [
        ("cup", CUP),
        (CUP, CUP),
        ("crane (n02012849)", "n02012849"),
        ("crane", ""),  # which stands for two
        ("my grandmother's cup", ""),
    ],
)
def test_a_correction_has_the_key_of_the_class_that_it_names(say, user, ask, label, key):
    said = say(ask(user), label=label)
    assert (said["label"], said["class_key"], said["classifier"]) == (label, key, "imagenet")


def test_what_is_right_has_no_key(say, user, ask):
    prediction = ask(user)
    assert say(prediction, label="cup")["class_key"] == CUP
    for said in ({"correct": True}, {"label": ESPRESSO}, {"label": f"espresso ({ESPRESSO})"}):
        found = say(prediction, **said)
        assert (found["correct"], found["class_key"]) == (True, "")


def test_another_classifier_has_its_own_classes(say, ask_colours):
    prediction, other = ask_colours()
    name = {"red": "Red things", "blue": "Blue things"}[other]
    for label in (other, name):
        said = say(prediction, label=label)
        assert (said["classifier"], said["class_key"]) == ("colours", other)
        assert said["correct"] is False
    assert say(prediction, label="cup")["class_key"] == ""
    assert say(prediction, label=prediction.inference.class_key)["correct"] is True


def test_a_class_chosen_on_the_page_has_its_key(page, user, ask, ask_colours):
    coffee = ask(user)
    page.post(f"/history/{coffee.pk}/feedback", {"correct": "no", "class_key": CUP})
    assert coffee.feedback.get().class_key == CUP
    colour, other = ask_colours()
    page.post(f"/history/{colour.pk}/feedback", {"correct": "no", "class_key": other})
    assert colour.feedback.get().class_key == other


@pytest.fixture
def send_back(api):
    """Feedback as the predecessor's clients give it, with an answer's values."""

    def send_back(prediction, **said):
        inference = prediction.inference
        return api.post(
            "/feedback",
            {
                "feedback": "",
                "score": inference.score,
                "predicted_class": inference.label,
                "image_file_name": prediction.image_file_name,
                **said,
            },
        ).json()

    return send_back


def test_feedback_by_file_name_is_about_the_classifier_with_that_answer(
    send_back, user, ask, ask_colours
):
    coffee, (colour, other) = ask(user), ask_colours()
    said = send_back(coffee, correct=False, label="cup")
    assert said["prediction_id"] == str(coffee.pk)
    assert (said["classifier"], said["class_key"]) == ("imagenet", CUP)
    said = send_back(colour, correct=False, label=other)
    assert said["prediction_id"] == str(colour.pk)
    assert (said["classifier"], said["class_key"]) == ("colours", other)


@pytest.mark.parametrize(
    "said", [{"correct": True, "label": "cup"}, {"label": "espresso"}, {"label": ""}]
)
def test_feedback_by_file_name_without_a_correction_has_no_key(send_back, user, ask, said):
    assert send_back(ask(user), **said)["class_key"] == ""


def test_feedback_about_no_known_picture_is_about_no_classifier(api, db):
    said = api.post(
        "/feedback",
        {
            "feedback": "",
            "score": 0.5,
            "predicted_class": "espresso",
            "image_file_name": "x.png",
            "label": "cup",
            "class_key": CUP,
            "classifier": "imagenet",
        },
    ).json()
    assert (said["classifier"], said["class_key"]) == (None, "")


def test_both_survive_the_deletion_of_the_picture(api, user, ask):
    prediction = ask(user)
    give_feedback(prediction, correct=False, label="cup")
    api.delete(f"/model/predictions/{prediction.pk}")
    [said] = api.get("/feedback").json()
    assert said["prediction_id"] is None
    assert (said["classifier"], said["class_key"]) == ("imagenet", CUP)


def test_an_upgrade_fills_keys_from_what_is_there(
    monkeypatch, user, ask, ask_colours, django_assert_num_queries
):
    coffee, (colour, other) = ask(user), ask_colours()
    given = [
        (coffee, "espresso", None, "cup", CUP, "imagenet"),
        (coffee, "espresso", False, "crane (n02012849)", "n02012849", "imagenet"),
        (coffee, "espresso", True, "", "", "imagenet"),
        (coffee, "espresso", False, "latte", "", "imagenet"),
        (coffee, "espresso", False, "espresso", "", "imagenet"),
        (colour, colour.inference.label, False, other, other, "colours"),
        (colour, colour.inference.label, False, "cup", "", "colours"),
        # Their pictures are deleted.
        (None, "crane", False, "crane (n02012849)", "n02012849", "imagenet"),
        (None, "espresso", False, "espresso", "", "imagenet"),
        (None, "a cat", False, "cup", "", None),
    ]
    rows = [
        Feedback.objects.create(
            user=user,
            prediction=prediction,
            predicted_class=answered,
            correct=correct,
            label=label,
            score=0.5,
        )
        for prediction, answered, correct, label, _key, _name in given
    ]
    migration = importlib.import_module("feedback.migrations.0003_fill_class_keys")
    monkeypatch.setattr(migration, "ROWS", 4)
    apps = MigrationExecutor(connection).loader.project_state().apps
    for _again in range(2):
        # Classifiers and labels; three batches, and that there is no fourth.
        with connection.schema_editor() as editor, django_assert_num_queries(2 + 3 * 2 + 1):
            migration.fill(apps, editor)
        found = [Feedback.objects.select_related("classifier").get(pk=row.pk) for row in rows]
        assert [(row.class_key, row.classifier and row.classifier.name) for row in found] == [
            (key, name) for *_, key, name in given
        ]
