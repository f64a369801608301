"""`PATCH /models/{name}`: under which probability answers are not sure."""

import re

import pytest

from accounts.audit import Action
from predictions.classifiers import Classifier
from predictions.models import Inference
from predictions.registry import routing
from tests.predictions.client import predict

ESPRESSO = "n07920052"


@pytest.fixture
def clerk(staff_with):
    return staff_with("predictions.change_classifier")


@pytest.fixture
def change(api_for, clerk, model):
    """Also if `said` is no object."""
    return lambda said: api_for(clerk).patch("/models/imagenet", said, format="json")


@pytest.fixture
def is_confident(api, user, ask):
    """Of a known picture, whose score is 0.6, wherever an answer is read."""
    prediction = ask(user)
    Inference.objects.update(score=0.6)

    def is_confident():
        [listed] = api.get("/model/predictions?limit=1").json()
        one = api.get(f"/model/predictions/{prediction.pk}").json()
        assert one["confident"] is listed["confident"] is predict(api).json()["confident"]
        return one["confident"]

    return is_confident


def test_answers_are_confident_by_the_threshold_of_their_classifier(change, is_confident):
    assert is_confident() is True
    assert change({"threshold": 0.7}).json()["threshold"] == 0.7
    assert is_confident() is False
    change({"threshold": 0.6})
    assert is_confident() is True


def test_a_class_can_have_a_threshold_of_its_own(change, is_confident):
    said = change({"threshold": 0.1, "class_thresholds": {ESPRESSO: 0.7}}).json()
    assert said["class_thresholds"] == {ESPRESSO: 0.7}
    assert is_confident() is False
    change({"class_thresholds": {"n07930864": 0.7}})
    assert is_confident() is True
    assert Classifier.objects.get().threshold == 0.1


def test_without_one_of_its_own_the_service_s_threshold_holds(change, is_confident, settings):
    change({"threshold": 0.9})
    settings.UNSURE_BELOW = 0.2
    assert change({"threshold": None}).json()["threshold"] == 0.2
    assert is_confident() is True


def test_another_process_knows_it_with_its_next_picture(change, is_confident, model):
    routing.roles_of("imagenet")
    before = model.classifier.revision
    change({"threshold": 0.7})
    assert Classifier.objects.get().revision != before
    assert routing.roles_of("imagenet").classifier.revision == before
    assert is_confident() is False


def test_a_change_is_recorded_with_who_and_what(change, clerk, logged):
    change({"threshold": 0.7, "class_thresholds": {ESPRESSO: 0.9}})
    [event] = logged(Action.THRESHOLDS_CHANGED)
    assert (event.actor_email, event.target_text) == (clerk.email, "imagenet")
    assert event.detail["before"] == {"threshold": None, "classes": {}}
    assert event.detail["after"] == {"threshold": 0.7, "classes": {ESPRESSO: 0.9}}


def test_what_stays_as_it_was_is_no_change(change, model, logged):
    assert change({"threshold": None}).status_code == 200
    assert logged(Action.THRESHOLDS_CHANGED) == []
    assert Classifier.objects.get().revision == model.classifier.revision


@pytest.mark.parametrize(
    ("said", "field", "why"),
    [
        ({}, "threshold", "Send title, is_public, threshold or class_thresholds."),
        ({"threshold": 1.01}, "threshold", "less than or equal to 1"),
        ({"threshold": -0.1}, "threshold", "greater than or equal to 0"),
        ({"threshold": True}, "threshold", "valid number"),
        ({"threshold": "nan"}, "threshold", "valid number"),
        ({"class_thresholds": [0.5]}, "class_thresholds", "dictionary"),
        ({"class_thresholds": None}, "class_thresholds", "null"),
        ({"class_thresholds": {ESPRESSO: 2}}, "class_thresholds", f"{ESPRESSO}: .*equal to 1"),
        ({"class_thresholds": {ESPRESSO: None}}, "class_thresholds", f"{ESPRESSO}: .*null"),
        (
            {"class_thresholds": {ESPRESSO: 0.5, "espresso": 0.5}},
            "class_thresholds",
            "espresso is the key of no class of imagenet",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(change, said, field, why):
    response = change(said)
    assert response.status_code == 400
    assert list(response.json()) == [field]
    [sentence] = response.json()[field]
    assert re.search(why, sentence), sentence
    classifier = Classifier.objects.get()
    assert (classifier.threshold, classifier.class_thresholds) == (None, {})


def test_a_body_that_is_no_object_is_refused(change):
    assert change([0.5]).status_code == 400


def test_a_form_that_leaves_the_classes_out_keeps_theirs(api_for, clerk, change):
    change({"class_thresholds": {ESPRESSO: 0.7}})
    said = api_for(clerk).patch("/models/imagenet", {"threshold": "0.4"}, format="multipart")
    assert said.json()["threshold"] == 0.4
    assert said.json()["class_thresholds"] == {ESPRESSO: 0.7}


def test_only_staff_with_the_right_change_thresholds(api, api_for, staff_with, model):
    for client in (api, api_for(staff_with("predictions.view_classifier"))):
        assert client.patch("/models/imagenet", {"threshold": 0.7}).status_code == 403
    assert Classifier.objects.get().threshold is None


def test_an_unknown_classifier_gets_404(api_for, clerk, model):
    response = api_for(clerk).patch("/models/colors", {"threshold": 0.7})
    assert response.status_code == 404
    assert "Choose one of: imagenet" in response.json()["detail"]
