"""`/models/{name}/classes`: the classes that a classifier is taught."""

import pytest

from predictions.registry.ownership import new_classifier, share
from tests.learning.teaching import give, waste


def names(api, address):
    return [found["name"] for found in api.get(f"{address}/classes").json()]


def test_a_class_is_added_read_renamed_and_deleted(api, address):
    made = api.post(f"{address}/classes", {"name": "  Clear  glass "})
    assert made.status_code == 201
    assert made.json() == {"key": "clear-glass", "name": "Clear glass", "examples": 0}
    assert made["Location"] == f"{address}/classes/clear-glass"
    assert api.get(made["Location"]).json() == made.json()
    renamed = api.patch(made["Location"], {"name": "Glass"})
    assert renamed.json() == {"key": "clear-glass", "name": "Glass", "examples": 0}
    assert names(api, address) == ["Glass"]
    assert api.delete(made["Location"]).status_code == 204
    assert names(api, address) == []
    assert api.get(made["Location"]).status_code == 404


def test_a_class_counts_its_examples_and_takes_them_along(api, user, classifier, address):
    give(user, classifier, "Glass", waste("glass", 2))
    assert api.get(f"{address}/classes/glass").json()["examples"] == 2
    assert api.delete(f"{address}/classes/glass").status_code == 204
    assert api.get(f"{address}/examples").json() == []


@pytest.mark.parametrize("name", ["none of these", "none-of-these", "None of these!"])
def test_pictures_of_nothing_have_a_class_with_a_key_and_a_name_of_its_own(api, address, name):
    made = api.post(f"{address}/classes", {"name": name})
    none = {"key": "none-of-these", "name": "None of these", "examples": 0}
    assert made.json() == none
    refused = api.patch(made["Location"], {"name": "Anything else"})
    assert refused.json() == {"name": ["“None of these” keeps its name."]}
    assert api.get(made["Location"]).json() == none


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "This field is required."),
        ({"name": " "}, "This field may not be blank."),
        ({"name": 5}, "Not a valid string."),
        ({"name": "GLASS"}, "There is a class GLASS already."),
    ],
)
def test_a_name_that_cannot_be_is_refused(api, address, body, said):
    api.post(f"{address}/classes", {"name": "Glass"})
    api.post(f"{address}/classes", {"name": "Paper"})
    for refused in (
        api.post(f"{address}/classes", body),
        api.patch(f"{address}/classes/paper", body),
    ):
        assert refused.status_code == 400
        assert refused.json() == {"name": [said]}


def test_others_are_told_the_same_as_of_a_name_that_no_classifier_has(
    api_for, make_user, classifier, address
):
    stranger = make_user("grace@example.com")
    said = api_for(stranger).get(f"{address}/classes")
    assert said.status_code == 404
    unknown = api_for(stranger).get("/models/nothing/classes").json()["detail"]
    assert said.json()["detail"] == unknown.replace("nothing", classifier.name)
    assert unknown == "You teach no classifier 'nothing'. Those you teach: none yet"


def test_those_who_may_only_ask_it_do_not_teach_it(api_for, make_user, classifier, address):
    friend = make_user("grace@example.com")
    share(classifier, friend)
    assert api_for(friend).post(f"{address}/classes", {"name": "Glass"}).status_code == 404
    share(classifier, friend, may_teach=True)
    assert api_for(friend).post(f"{address}/classes", {"name": "Glass"}).status_code == 201


def test_an_unknown_name_is_told_which_classifiers_one_teaches(api, user):
    taught = new_classifier(user, "Waste")
    said = api.get("/models/imagenet/classes").json()["detail"]
    assert said == f"You teach no classifier 'imagenet'. Those you teach: {taught.name}"
