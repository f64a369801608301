"""`POST /model/predictions/{id}/feedback`: a verdict without what the service knows anyway."""

import pytest

from feedback.models import Feedback
from tests.predictions.client import NOBODYS


@pytest.fixture
def prediction(user, ask):
    return ask(user)


@pytest.fixture
def say(api, prediction):
    return lambda **said: api.post(f"/model/predictions/{prediction.pk}/feedback", said)


def test_a_right_answer_takes_one_word(say, prediction, user):
    response = say(correct=True)
    assert response.status_code == 201
    found = Feedback.objects.get()
    assert (found.user, found.prediction, found.correct) == (user, prediction, True)
    assert response.json()["id"] == found.pk
    assert response.json()["predicted_class"] == "espresso"
    assert response.json()["image_file_name"] == prediction.image_file_name


def test_a_label_alone_is_a_correction(say):
    assert say(label="cup").json()["correct"] is False
    assert Feedback.objects.get().label == "cup"


@pytest.mark.parametrize("label", ["espresso", "n07920052"])
def test_the_label_of_the_answer_alone_is_a_confirmation(say, label):
    assert say(label=label).json()["correct"] is True


def test_a_text_can_be_added_and_is_kept(say):
    say(correct=False, feedback="It is decaf.")
    found = say(label="cup").json()
    assert found["feedback"] == "It is decaf."
    assert found["label"] == "cup"


def test_what_was_said_before_is_replaced(say):
    assert say(correct=False, label="cup").status_code == 201
    assert say(correct=True).status_code == 200
    assert Feedback.objects.get().correct is True


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({}, "correct"),
        ({"feedback": "Hm."}, "correct"),
        ({"correct": True, "label": "cup"}, "label"),
        ({"correct": "yes"}, "correct"),
        ({"label": ""}, "label"),
        ({"label": "x" * 201}, "label"),
    ],
)
def test_no_verdict_or_a_contradiction_is_refused(say, said, field):
    response = say(**said)
    assert response.status_code == 400
    assert list(response.json()) == [field]
    assert not Feedback.objects.exists()


def test_a_prediction_without_an_answer_gets_409(api, user, ask):
    waiting = ask(user, answered=False)
    response = api.post(f"/model/predictions/{waiting.pk}/feedback", {"correct": True})
    assert response.status_code == 409
    assert "no answer yet" in response.json()["detail"]


def test_another_persons_prediction_is_not_found(api_for, make_user, prediction):
    stranger = api_for(make_user("eve@example.com"))
    for pk in (prediction.pk, NOBODYS):
        response = stranger.post(f"/model/predictions/{pk}/feedback", {"correct": True})
        assert response.status_code == 404
