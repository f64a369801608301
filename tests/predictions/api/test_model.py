"""`GET /model` and `GET /model/labels`."""

import pytest

from tests.predictions.versions import without_champion


@pytest.mark.parametrize("slash", ["", "/"])
def test_the_current_model_is_described(api, model, slash):
    response = api.get("/model" + slash)
    assert response.status_code == 200
    assert response.json() == {
        "name": "efficientnet-lite0",
        "version": model.version,
        "title": "EfficientNet-Lite0",
        "precision": "f32",
        "input_size": 224,
        "classes": 1000,
        "engine": "openvino",
        "licence": model.manifest["licence"],
    }


def test_the_error_without_a_model_says_what_to_do(api, model):
    without_champion(model)
    response = api.get("/model")
    assert response.status_code == 503
    assert "prepare_model" in response.json()["detail"]


@pytest.mark.parametrize("slash", ["", "/"])
def test_labels_are_listed_in_the_order_of_the_models_output(api, slash):
    labels = api.get("/model/labels" + slash).json()
    assert [label["index"] for label in labels] == list(range(1000))
    assert labels[248] == {"index": 248, "synset": "n02109961", "name": "Eskimo_dog"}


@pytest.mark.parametrize(
    ("search", "names"),
    [
        ("espresso", ["espresso_maker", "espresso"]),
        ("eskimo dog", ["Eskimo_dog"]),
        ("n02109961", ["Eskimo_dog"]),
        ("no such thing", []),
    ],
)
def test_labels_can_be_searched_by_name_and_synset(api, search, names):
    found = api.get("/model/labels", {"search": search}).json()
    assert sorted(label["name"] for label in found) == sorted(names)
