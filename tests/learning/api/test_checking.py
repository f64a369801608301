"""What to look at before training, and what feedback offers."""

import pytest

from feedback.services import give_feedback
from learning.models import Example
from tests.learning.teaching import give, waste


def test_each_problem_names_the_examples_and_classes_concerned(api, user, classifier, address):
    (in_glass,) = give(user, classifier, "Glass", waste("glass", 1))
    (in_paper,) = give(user, classifier, "Paper", waste("glass", 1))
    few, two = api.get(f"{address}/problems").json()
    assert few == {
        "kind": "few",
        "says": "Fewer than 5 pictures: Glass (1), Paper (1). Add some to each.",
        "classes": ["glass", "paper"],
        "examples": [],
    }
    assert (two["kind"], two["examples"]) == ("two-classes", [in_glass.pk, in_paper.pk])


@pytest.fixture
def corrected(user, ask, classifier):
    """Feedback that says which class a picture shows, which this classifier had not answered."""

    def corrected(name, label):
        said = give_feedback(ask(user, name), correct=False, label=label, text="")
        said.classifier = classifier
        said.save()
        return said

    return corrected


def test_feedback_is_offered_and_taken(api, address, corrected):
    cup, cat = corrected("coffee.png", "Cup"), corrected("chelsea.png", "Cat")
    offered = api.get(f"{address}/corrections").json()
    assert [(one["id"], one["class"]) for one in offered] == [(cat.pk, "Cat"), (cup.pk, "Cup")]
    assert offered[1]["prediction"] == str(cup.prediction_id)
    assert api.get(offered[1]["image"]).status_code == 200
    taken = api.post(f"{address}/corrections", {"ids": [cup.pk]})
    assert taken.status_code == 200
    assert [(one["class"], one["prediction"]) for one in taken.json()] == [
        ("cup", str(cup.prediction_id))
    ]
    assert [one["id"] for one in api.get(f"{address}/corrections").json()] == [cat.pk]
    assert len(api.post(f"{address}/corrections", {"all": True}).json()) == 1
    assert api.get(f"{address}/corrections").json() == []


def test_feedback_is_offered_for_what_its_class_is_called_now(api, address, classifier, corrected):
    said = corrected("coffee.png", "Cup")
    said.class_key = "cup"
    said.save()
    classifier.taught_classes.create(key="cup", name="Mug")
    assert [one["class"] for one in api.get(f"{address}/corrections").json()] == ["Mug"]
    api.post(f"{address}/corrections", {"all": True})
    assert [one["examples"] for one in api.get(f"{address}/classes").json()] == [1]


@pytest.mark.parametrize("body", [{}, {"ids": []}, {"all": False}, {"ids": [1], "all": True}])
def test_a_request_that_chooses_nothing_is_refused(api, address, body):
    refused = api.post(f"{address}/corrections", body)
    assert refused.status_code == 400
    assert set(refused.json()) == {"ids"}


def test_what_is_not_offered_is_not_taken(api, address, corrected):
    cup = corrected("coffee.png", "Cup")
    refused = api.post(f"{address}/corrections", {"ids": [cup.pk, cup.pk + 1]})
    assert refused.status_code == 400
    assert refused.json() == {"ids": [f"Not offered: {cup.pk + 1}."]}
    assert not Example.objects.exists()


def test_it_is_all_or_none(api, address, corrected, settings):
    settings.EXAMPLES_PER_PERSON = 1
    corrected("coffee.png", "Cup"), corrected("chelsea.png", "Cat")
    refused = api.post(f"{address}/corrections", {"all": True})
    assert refused.status_code == 400
    assert "cannot have more" in refused.json()["detail"]
    assert not Example.objects.exists()
