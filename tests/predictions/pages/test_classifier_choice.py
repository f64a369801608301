"""Which classifier a page asks, where there are several."""

import csv
import io
import re

import pytest

from predictions.models import Prediction
from predictions.registry.roles import Changes
from tests.pictures import photograph
from tests.predictions.versions import version_like, without_champion

OPTION = '<option value="{}"{}>'


def asked():
    """The classifiers of all predictions, the latest last."""
    found = Prediction.objects.order_by("created_at")
    return list(found.values_list("inference__model_version__classifier__name", flat=True))


def send(page, path="/history/cards", **form):
    return page.post(path, {"file": photograph(), **form})


def is_chosen(page, name):
    return OPTION.format(name, " selected") in page.get("/").content.decode()


def test_with_one_classifier_there_is_no_choice(page, ask, user):
    prediction = ask(user)
    assert '<input type="hidden" name="model" value="imagenet">' in page.get("/").content.decode()
    for path in ("/", "/history", f"/history/{prediction.pk}"):
        assert "ImageNet" not in page.get(path).content.decode()
        assert "Classifier<" not in page.get(path).content.decode()


@pytest.mark.parametrize("path", ["/", "/history/cards"])
def test_the_classifier_that_a_form_names_is_asked(page, colours, path, worker):
    send(page, path, model="colours")
    assert asked() == ["colours"]


def test_a_form_that_names_none_asks_the_built_in_one(page, colours):
    send(page)
    assert asked() == ["imagenet"]


def test_the_choice_is_remembered(page, page_for, make_user, colours):
    assert is_chosen(page, "imagenet")
    send(page, model="colours")
    assert is_chosen(page, "colours")
    assert is_chosen(page_for(make_user("grace@example.com")), "imagenet")
    send(page, model="imagenet")
    assert is_chosen(page, "imagenet")


@pytest.mark.parametrize("name", ["flowers", "", "x" * 1000, "' OR 1=1"])
def test_a_classifier_that_does_not_exist_is_refused_with_a_sentence(page, colours, name):
    response = send(page, model=name)
    assert response.status_code == 404
    assert "This classifier no longer exists." in response.content.decode()
    assert asked() == []
    assert is_chosen(page, "imagenet")


def test_a_classifier_without_a_champion_is_not_offered(page, colours):
    without_champion(colours)
    assert "Colours" not in page.get("/").content.decode()
    assert send(page, model="colours").status_code == 409


def test_if_the_built_in_classifier_cannot_answer_another_is_asked(page, model, colours):
    without_champion(model)
    assert '<input type="hidden" name="model" value="colours">' in page.get("/").content.decode()


def test_a_picture_is_sent_again_to_its_own_classifier(page, ask_colours, colours, worker):
    prediction = ask_colours()
    newer = version_like(colours, "newer")
    Changes().promote(newer)
    assert "Another model answers" in page.get(f"/history/{prediction.pk}").content.decode()
    page.post(f"/history/{prediction.pk}/again")
    assert asked() == ["colours", "colours"]
    assert Prediction.objects.latest("created_at").inference.model_version == newer
    assert is_chosen(page, "imagenet")  # nobody has chosen on the page


@pytest.mark.parametrize("path", ["/", "/history", "/history/{pk}", "/history/cards?id={pk}"])
def test_pages_say_what_was_asked_where_there_is_a_choice(page, ask_colours, path):
    shown = page.get(path.format(pk=ask_colours().pk)).content.decode()
    assert re.search(r"\bquiet\W+(title\W+)?Colours( ·| \\u00b7|<)", shown)


def test_the_command_for_the_api_names_the_classifier(page, ask_colours):
    shown = page.get(f"/history/{ask_colours().pk}").content.decode()
    assert "/model/predict?model=colours" in shown


def test_an_export_says_what_was_asked(page, ask_colours):
    prediction = ask_colours()
    inference = prediction.inference
    text = page.get("/history/export.csv").getvalue().decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["classifier"], row["class_key"]) == ("colours", inference.class_key)
    assert (row["label"], row["synset"]) == (inference.label, "")


def test_the_search_finds_classes_of_every_classifier(page, user, ask, ask_colours):
    ask(user, "rocket.jpg")
    prediction = ask_colours("chelsea.png")
    word = prediction.inference.label.split()[0]
    found = page.get("/history", {"search": word}).context["predictions"]
    assert found == [prediction]
    assert page.get("/history?search=missile").context["predictions"] != [prediction]


def test_the_history_is_filtered_by_classifier(page, user, ask, ask_colours):
    other = ask(user, "rocket.jpg")
    prediction = ask_colours()
    assert page.get("/history?model=colours").context["predictions"] == [prediction]
    assert page.get("/history?model=imagenet").context["predictions"] == [other]
    assert page.get("/history?model=").context["predictions"] == [prediction, other]
    assert (
        OPTION.format("colours", " selected") in page.get("/history?model=colours").content.decode()
    )
    assert page.get("/history?model=flowers").status_code == 400
