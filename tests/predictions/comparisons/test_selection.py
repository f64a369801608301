"""Which pictures two versions are compared on, and of which the class is known."""

import pytest

from feedback.services import give_feedback
from predictions.comparisons.selection import image_ids, truths
from predictions.models import Prediction
from tests.predictions.comparisons.rows import CAT, CUP, ESPRESSO, asked
from tests.predictions.heads import add_colours

pytestmark = pytest.mark.django_db


def test_feedback_names_the_truth(user, model):
    right, corrected, vague, _silent = [asked(user, model, CUP) for _ in range(4)]
    crane = asked(user, model, CUP)
    give_feedback(right, correct=True, label="")
    give_feedback(corrected, correct=False, label="espresso")
    give_feedback(crane, correct=False, label="crane (n02012849)")
    give_feedback(vague, correct=False, label="something of my own")
    assert truths(model.label_set_id) == {
        crane.image_id: "n02012849",
        corrected.image_id: ESPRESSO,
        right.image_id: CUP,
    }


def test_where_people_disagree_nothing_is_known(user, make_user, model):
    mine = asked(user, model, CUP)
    other = Prediction.objects.create(
        user=make_user("eve@example.com"), image=mine.image, inference=mine.inference
    )
    give_feedback(mine, correct=True, label="")
    give_feedback(other, correct=True, label="")
    assert truths(model.label_set_id) == {mine.image_id: CUP}
    give_feedback(other, correct=False, label="espresso")
    assert truths(model.label_set_id) == {}


def test_pictures_are_chosen_by_truth_by_time_or_by_class(user, model):
    first, second, third = [asked(user, model, key) for key in (CUP, CUP, CAT)]
    colours = asked(user, add_colours(model), "red")
    failed = asked(user, model, "", status="failed")
    give_feedback(first, correct=False, label="espresso")
    give_feedback(colours, correct=True, label="")

    def chosen(pictures, number=10, class_key=""):
        return image_ids(model, pictures, number, class_key)

    assert chosen("known") == [first.image_id]
    assert chosen("latest") == [third.image_id, second.image_id, first.image_id]
    assert chosen("latest", number=2) == [third.image_id, second.image_id]
    assert chosen("class", class_key=CUP) == [second.image_id, first.image_id]
    assert chosen("class", class_key=ESPRESSO) == [first.image_id]  # in truth
    assert failed.image_id not in chosen("latest")


def test_what_is_in_the_trash_is_not_chosen(user, model):
    prediction = asked(user, model, CUP)
    give_feedback(prediction, correct=True, label="")
    Prediction.objects.all().move_to_trash()
    assert image_ids(model, "latest", 10, "") == image_ids(model, "known", 10, "") == []
