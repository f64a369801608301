"""POST /models/{name}/comparisons and GET /comparisons/{id}."""

import pytest

from feedback.services import give_feedback
from predictions.comparisons.models import Comparison
from predictions.comparisons.services import start
from tests.predictions.comparisons.rows import CAT, CUP, ESPRESSO
from tests.predictions.heads import add_colours

pytestmark = pytest.mark.django_db


@pytest.fixture
def clerk(api_for, staff_with):
    return api_for(staff_with("predictions.change_modelversion"))


def body(first, second, pictures="latest", **fields):
    return {"first": first.pk, "second": second.pk, "pictures": pictures, **fields}


def test_a_comparison_is_started_and_looked_at(clerk, model, second, differing):
    give_feedback(differing[1], correct=False, label="espresso")
    begun = clerk.post("/models/imagenet/comparisons", body(model, second))
    assert begun.status_code == 202
    assert begun.json()["number"] == 3
    said = clerk.get(begun["Location"]).json()
    assert said["status"] == "finished"
    assert [said[name] for name in ("total", "done", "failed", "agree")] == [3, 3, 0, 1]
    assert said["first"] == {"id": model.pk, "name": model.name, "version": model.version}
    assert said["paired"]["first"]["right"] == 0
    assert said["paired"]["second"]["share"] == 1
    assert (said["paired"]["p_value"], said["paired"]["better"]) == (1, "")
    certain, uncertain = said["disagreements"]
    assert certain == {
        "image_md5": differing[1].image.md5,
        "truth": ESPRESSO,
        "first": {"key": CUP, "label": "cup", "score": 0.9},
        "second": {"key": ESPRESSO, "label": "espresso", "score": 0.8},
    }
    assert uncertain["image_md5"] == differing[2].image.md5
    assert uncertain["truth"] == ""


def test_disagreements_come_a_page_at_a_time(clerk, model, second, differing, user):
    comparison = start(user, model, second, "latest")
    page = clerk.get(f"/comparisons/{comparison.pk}?limit=1")
    [first] = page.json()["disagreements"]
    following = page["Link"].partition(">")[0].lstrip("<")
    [second] = clerk.get(following).json()["disagreements"]
    assert [first["image_md5"], second["image_md5"]] == [each.image.md5 for each in differing[1:]]


@pytest.mark.parametrize(
    ("pictures", "fields", "number"),
    [
        ("latest", {"number": 2}, 2),
        ("class", {"class_name": "cup"}, 2),
        ("class", {"class_name": CAT}, 1),
    ],
)
def test_pictures_are_chosen(clerk, model, second, differing, pictures, fields, number):
    begun = clerk.post("/models/imagenet/comparisons", body(model, second, pictures, **fields))
    assert begun.json()["number"] == number


def test_what_cannot_be_compared_gets_400(clerk, model, second, differing):
    colours = add_colours(model)
    for sent, why in [
        (body(model, model), {"detail": "A version is not compared with itself. Choose two."}),
        (body(model, colours), {"detail": "These versions belong to different classifiers."}),
        (body(colours, model), {"detail": "The first version belongs to another classifier."}),
        (body(model, second, "known"), {"detail": "There are no such pictures."}),
        (body(model, second) | {"second": 0}, {"second": ["Version 0 does not exist."]}),
        (
            body(model, second, "class", class_name="x"),
            {"class_name": ["No class has this name."]},
        ),
    ]:
        said = clerk.post("/models/imagenet/comparisons", sent)
        expected = why | {"code": "invalid"} if "detail" in why else why
        assert (said.status_code, said.json()) == (400, expected)
    assert clerk.post("/models/colors/comparisons", body(model, second)).status_code == 404
    assert not Comparison.objects.exists()


def test_starting_takes_the_permission_to_change_versions(
    api, api_for, staff_with, model, second, differing, user
):
    comparison = start(user, model, second, "latest")
    viewer = api_for(staff_with("predictions.view_modelversion"))
    assert viewer.get(f"/comparisons/{comparison.pk}").status_code == 200
    assert viewer.post("/models/imagenet/comparisons", body(model, second)).status_code == 403
    assert api.get(f"/comparisons/{comparison.pk}").status_code == 403
