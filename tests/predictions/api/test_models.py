"""`GET /models` and what is below it: classifiers, their versions and their classes."""

import pytest

from predictions.registry.roles import Changes
from tests.predictions.heads import add_colours
from tests.predictions.versions import promote, version_like, without_champion


@pytest.fixture
def colours(model):
    version = add_colours(model)
    promote(version)
    return version


def test_all_classifiers_are_listed_with_their_champions(api, model, colours, settings):
    imagenet, other = api.get("/models").json()
    assert imagenet == {
        "name": "imagenet",
        "title": "ImageNet, 1,000 classes",
        "champion": {
            "id": model.pk,
            "name": "efficientnet-lite0",
            "version": model.version,
            "title": "EfficientNet-Lite0",
            "precision": "f32",
            "agreement": None,
            "classes": 1000,
            "created_at": model.created_at.isoformat().replace("+00:00", "Z"),
        },
        "labels": 1000,
        "threshold": settings.UNSURE_BELOW,
        "class_thresholds": {},
        "is_own": False,
        "is_public": False,
        "may_teach": False,
        "owner": None,
    }
    assert (other["name"], other["title"], other["labels"]) == ("colours", "Colours", 2)
    assert other["champion"]["id"] == colours.pk
    assert api.get("/models/colours").json() == other


def test_the_list_costs_as_many_statements_with_more_classifiers(
    api, model, colours, django_assert_num_queries
):
    with django_assert_num_queries(3):  # who; classifiers; champions
        assert len(api.get("/models").json()) == 2


def test_a_classifier_without_a_champion_knows_no_classes(api, model):
    add_colours(model)
    found = api.get("/models/colours").json()
    assert (found["champion"], found["labels"]) == (None, 0)
    assert api.get("/models/colours/versions").json() == []
    response = api.get("/models/colours/labels")
    assert (response.status_code, "Retry-After" in response) == (409, False)
    assert response.json()["detail"].startswith("This classifier answers nothing yet")


@pytest.mark.parametrize("path", ["", "/versions", "/labels"])
def test_the_404_names_the_classifiers_that_there_are(api, colours, path):
    response = api.get(f"/models/colors{path}")
    assert response.status_code == 404
    assert response.json() == {
        "detail": "Unknown classifier 'colors'. Choose one of: imagenet, colours",
        "code": "not_found",
    }


def test_staff_see_all_versions_with_their_roles(api_for, staff, model):
    Changes().challenge(version_like(model, "newer"), 10)
    Changes().shadow(version_like(model, "hidden"))
    found = api_for(staff).get("/models/imagenet/versions").json()
    assert [(each["version"], each["role"], each["share"]) for each in found] == [
        ("hidden", "shadow", 0),
        ("newer", "challenger", 10),
        (model.version, "champion", 90),
    ]
    assert all(each["created_at"] for each in found)


def test_others_see_the_version_that_answers_them(api, api_for, staff_with, user, model):
    newer = version_like(model, "newer")
    Changes().shadow(version_like(model, "hidden"))
    for client in (api, api_for(staff_with())):
        [found] = client.get("/models/imagenet/versions").json()
        assert found["id"] == model.pk
        assert "role" not in found
        assert "share" not in found
    Changes().challenge(newer, 100)
    [found] = api.get("/models/imagenet/versions").json()
    assert found["id"] == newer.pk


def test_the_right_to_view_versions_is_enough_to_see_all(api_for, staff_with, model):
    version_like(model, "newer")
    clerk = api_for(staff_with("predictions.view_modelversion"))
    assert len(clerk.get("/models/imagenet/versions").json()) == 2
    assert "Link" in clerk.get("/models/imagenet/versions?limit=1")


@pytest.mark.parametrize(
    ("search", "keys"),
    [("", ["red", "blue"]), ("RED", ["red"]), ("blue things", ["blue"]), ("green", [])],
)
def test_the_classes_of_a_classifier_are_searched_by_key_and_name(api, colours, search, keys):
    found = api.get("/models/colours/labels", {"search": search}).json()
    assert [each["key"] for each in found] == keys


def test_a_class_has_index_key_name_and_synset(api, model, colours):
    assert api.get("/models/colours/labels").json()[1] == {
        "index": 1,
        "key": "blue",
        "name": "Blue things",
        "synset": "",
    }
    assert api.get("/models/imagenet/labels").json()[248] == {
        "index": 248,
        "key": "n02109961",
        "name": "Eskimo_dog",
        "synset": "n02109961",
    }


@pytest.mark.parametrize("search", ["", "cat", "eskimo dog", "n0210996", "nothing like it"])
def test_the_classes_of_imagenet_are_searched_as_those_of_the_model(api, model, search):
    known = api.get("/model/labels", {"search": search}).json()
    found = api.get("/models/imagenet/labels", {"search": search}).json()
    assert [each["index"] for each in found] == [each["index"] for each in known]


def test_the_model_is_that_of_imagenet(api, model, colours):
    assert api.get("/model").json()["name"] == "efficientnet-lite0"
    assert len(api.get("/model/labels").json()) == 1000


def test_staff_see_versions_without_a_champion(api_for, staff, model):
    without_champion(model)
    [found] = api_for(staff).get("/models/imagenet/versions").json()
    assert found["role"] == "retired"
