"""All sure answers of a page are marked as right by one click, and that can be undone."""

import pytest

from feedback.models import Feedback
from feedback.services import give_feedback


def confirm(page, *predictions, correct="yes"):
    ids = ",".join(str(prediction.pk) for prediction in predictions)
    return page.post("/history/feedback", {"ids": ids, "correct": correct})


@pytest.fixture
def coffee(user, ask):
    return ask(user)


@pytest.fixture
def rocket(user, ask):
    """The model is not sure of it."""
    return ask(user, "rocket.jpg")


def test_sure_answers_are_marked_as_right_and_unsure_ones_are_not(page, coffee, rocket):
    parts = confirm(page, coffee, rocket).json()
    assert list(parts) == [str(coffee.pk)]
    assert "You said it is right." in parts[str(coffee.pk)]
    assert list(Feedback.objects.values_list("prediction", "correct")) == [(coffee.pk, True)]


def test_an_answer_judged_before_keeps_its_feedback(page, coffee):
    give_feedback(coffee, correct=False, label="cup")
    assert confirm(page, coffee).json() == {}
    assert Feedback.objects.get().label == "cup"


def test_it_can_be_undone(page, coffee):
    confirm(page, coffee)
    parts = confirm(page, coffee, correct="none").json()
    assert "You said it is right." not in parts[str(coffee.pk)]
    assert not Feedback.objects.exists()


@pytest.mark.parametrize(
    "since", [{"correct": False, "label": "cup"}, {"correct": True, "label": "", "text": "Mine"}]
)
def test_undoing_keeps_what_was_said_since(page, coffee, since):
    confirm(page, coffee)
    give_feedback(coffee, **since)
    assert confirm(page, coffee, correct="none").json() == {}
    assert Feedback.objects.get().correct is since["correct"]


def test_other_peoples_answers_are_left_alone(page, ask, make_user):
    assert confirm(page, ask(make_user("grace@example.com"))).json() == {}
    assert not Feedback.objects.exists()


def test_invalid_ids_get_404(page, db):
    assert page.post("/history/feedback", {"ids": "1,2", "correct": "yes"}).status_code == 404
