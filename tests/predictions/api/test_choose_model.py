"""`model=NAME`: which classifier is asked, and which one a list is of."""

import pytest

from predictions.models import Inference, Prediction
from tests.pictures import photograph
from tests.predictions.heads import add_colours
from tests.predictions.in_process import answer
from tests.predictions.versions import promote, version_like, without_champion

NO_COLORS = "Unknown classifier 'colors'. Choose one of: imagenet, colours"


@pytest.fixture
def colours(model):
    version = add_colours(model)
    promote(version)
    return version


@pytest.fixture
def ask_for(api):
    def ask_for(query, path="/model/predict", **form):
        return api.post(
            path + query,
            {"file": photograph(), **form},
            format="multipart",
            HTTP_PREFER="respond-async",
        )

    return ask_for


def answered():
    """All predictions, answered as a worker does."""
    waiting = list(Inference.objects.filter(status="queued").select_related("image"))
    answer(waiting)


@pytest.mark.parametrize(("query", "form"), [("?model=colours", {}), ("", {"model": "colours"})])
def test_another_classifier_answers_with_its_own_classes(ask_for, api, colours, query, form):
    asked = ask_for(query, **form).json()
    assert asked["model"] == {
        "name": "colours",
        "version": colours.version,
        "id": colours.pk,
        "classifier": "colours",
    }
    answered()
    found = api.get(f"/model/predictions/{asked['id']}").json()
    assert found["prediction"] in ("Red things", "Blue things")
    assert {entry["key"] for entry in found["top_k"]} == {"red", "blue"}
    at_once = ask_for("?model=colours&top_k=1").json()
    assert at_once["cached"] is True
    assert at_once["top_k"] == found["top_k"][:1]
    assert at_once["confident"] is found["confident"]


def test_imagenet_answers_unless_told(ask_for, colours):
    assert ask_for("").json()["model"]["classifier"] == "imagenet"
    assert ask_for("?model=imagenet").json()["model"]["classifier"] == "imagenet"


def test_each_classifier_has_an_answer_of_its_own_to_the_same_picture(ask_for, model, colours):
    ask_for("")
    ask_for("?model=colours")
    ask_for("?model=colours")
    versions = Inference.objects.order_by("pk").values_list("model_version", flat=True)
    assert list(versions) == [model.pk, colours.pk]
    assert Prediction.objects.count() == 3


@pytest.mark.parametrize("path", ["/model/predict", "/model/predictions"])
def test_an_unknown_classifier_gets_404_with_the_known_ones(ask_for, colours, path):
    for response in (ask_for("?model=colors", path), ask_for("", path, model="colors")):
        assert response.status_code == 404
        assert response.json()["detail"] == NO_COLORS
    assert not Prediction.objects.exists()


@pytest.mark.parametrize("name", ["", " imagenet", "Imagenet", "a%00b", "%C3%A9", "x" * 100])
def test_a_name_that_no_classifier_has_gets_404(ask_for, model, name):
    for path in ("/model/predict", "/model/predictions"):
        response = ask_for(f"?model={name}", path)
        assert response.status_code == 404
        assert response.json()["detail"].endswith("Choose one of: imagenet")


def test_a_classifier_without_a_champion_takes_no_picture(ask_for, model):
    add_colours(model)
    assert ask_for("?model=colours").status_code == 409
    [entry] = ask_for("?model=colours", "/model/predictions").json()
    assert entry["status"] == "refused"
    assert entry["detail"].startswith("This classifier answers nothing yet")


def test_the_built_in_classifier_is_known_before_it_has_a_champion(ask_for, model):
    without_champion(model)
    assert ask_for("?model=imagenet").status_code == 503


def test_a_bulk_request_goes_to_one_classifier(api, ask_for, colours):
    sent = ask_for("?model=colours", "/model/predictions")
    [entry] = api.get(sent["Location"]).json()["entries"]
    assert "model" not in entry
    answered()
    [entry] = api.get(sent["Location"]).json()["entries"]
    assert entry["model"]["classifier"] == "colours"
    assert entry["model"]["id"] == colours.pk
    assert isinstance(entry["confident"], bool)
    assert {each["key"] for each in entry["top_k"]} == {"red", "blue"}


@pytest.fixture
def both(ask_for, colours):
    """The ids of the answers of both classifiers to the same picture."""
    ids = [ask_for(query).json()["id"] for query in ("", "?model=colours")]
    answered()
    return dict(zip(("imagenet", "colours"), ids, strict=True))


@pytest.fixture
def listed(api, both):
    def listed(**query):
        response = api.get("/model/predictions", query)
        assert response.status_code == 200, response.content
        ids = {entry["id"] for entry in response.json()}
        return {name for name, pk in both.items() if pk in ids}

    return listed


def test_lists_are_filtered_by_classifier_and_version(listed, model, colours):
    assert listed() == {"imagenet", "colours"}
    assert listed(model="colours") == {"colours"}
    assert listed(model="imagenet") == {"imagenet"}
    assert listed(version=colours.pk) == {"colours"}
    assert listed(version=colours.pk, model="imagenet") == set()


def test_lists_are_filtered_by_the_classes_of_any_classifier(listed):
    found = Inference.objects.get(model_version__classifier__name="colours")
    assert listed(label=found.class_key) == listed(label=found.label) == {"colours"}
    for label in ("espresso", "n07920052"):
        assert listed(label=label) == {"imagenet"}
    other = {"red": "blue", "blue": "red"}[found.class_key]
    assert listed(label=other) == set()


def test_a_class_is_found_by_its_synset_where_that_is_not_its_key(listed, colours):
    labels = colours.label_set
    classes = [[key, name, "n01234567"] for key, name, _synset in labels.classes]
    other = type(labels).objects.create(sha256="other", classes=classes)
    version_like(colours, "other", label_set=other)
    assert listed(label="n01234567") == {"colours"}


def test_a_list_of_an_unknown_classifier_is_refused_with_the_known_ones(api, both):
    response = api.get("/model/predictions?model=colors")
    assert response.status_code == 400
    assert response.json() == {"model": [NO_COLORS]}


def test_pages_list_the_pictures_of_one_classifier(page, both):
    html = page.get("/history?model=colours").content.decode()
    assert both["colours"] in html
    assert both["imagenet"] not in html
