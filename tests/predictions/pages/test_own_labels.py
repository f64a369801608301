"""Answers of a classifier with classes of its own, in the words of these classes."""

import re

import pytest

from feedback.models import Feedback
from predictions.models import Inference
from tests.predictions.pages.test_pages import text

ES = {"Accept-Language": "es"}


@pytest.fixture
def answered(ask_colours):
    """Says `red`, which is sure."""
    prediction = ask_colours()
    red, blue = (
        {"label": f"{name} things", "synset": "", "key": name.lower()} for name in ("Red", "Blue")
    )
    ranking = [red | {"score": 0.7}, blue | {"score": 0.3}]
    fields = {"label": "Red things", "class_key": "red", "score": 0.7, "ranking": ranking}
    Inference.objects.filter(pk=prediction.inference_id).update(**fields)
    return prediction


@pytest.fixture
def give(page, answered):
    return lambda **form: page.post(f"/history/{answered.pk}/feedback", form, follow=True)


@pytest.mark.parametrize("path", ["/", "/history", "/history/{pk}", "/history/cards?id={pk}"])
def test_every_page_has_the_name_of_the_class_as_it_is(page, user, answered, path):
    path = path.format(pk=answered.pk)
    assert "Red things" in page.get(path).content.decode()
    user.language = "es"
    user.save()
    assert "Red things" in page.get(path).content.decode()


def test_a_class_that_is_called_like_one_of_imagenet_is_not_translated(page, user, answered):
    entry = {"label": "tabby", "synset": "", "key": "n02123045", "score": 0.7}
    fields = {"label": "tabby", "class_key": "n02123045", "ranking": [entry, entry]}
    Inference.objects.filter(pk=answered.inference_id).update(**fields)
    user.language = "es"
    user.save()
    for path in ("/", "/history", f"/history/{answered.pk}", f"/history/cards?id={answered.pk}"):
        shown = page.get(path).content.decode()
        assert "tabby" in shown
        assert "atigrado" not in shown


def test_a_correction_is_one_tap_away(page, give, answered):
    shown = page.get(f"/history/{answered.pk}").content.decode()
    buttons = re.findall(r'name="class_key" value="(.+?)">(.+?)</button>', shown)
    assert buttons == [("blue", "Blue things")]
    response = give(correct="no", class_key="blue")
    assert Feedback.objects.get().label == "Blue things"
    assert "Corrected to Blue things." in text(response)


@pytest.mark.parametrize("written", ["blue THINGS", "blue"])
def test_a_correction_is_recognised_as_people_write_it(give, written):
    give(correct="no", label=written)
    assert (Feedback.objects.get().label, Feedback.objects.get().correct) == ("Blue things", False)


def test_a_correction_that_names_a_class_of_imagenet_is_free_text(give, user):
    user.language = "es"
    user.save()
    response = give(correct="no", label="tabby")
    assert Feedback.objects.get().label == "tabby"
    assert "Corregido: tabby." in text(response)


def test_a_correction_to_the_answer_itself_says_that_it_is_right(give):
    give(correct="no", class_key="red")
    assert (Feedback.objects.get().label, Feedback.objects.get().correct) == ("", True)


def test_the_search_of_classes_has_those_of_the_classifier(page, answered):
    shown = page.get(f"/history/{answered.pk}").content.decode()
    address = re.search(r'data-labels="(.+?)"', shown)[1].replace("&amp;", "&")
    found = page.get(f"{address}&q=blue").json()
    assert found == [{"name": "Blue things", "about": ""}]
    assert page.get(f"{address}&q=tabby").json() == []


@pytest.mark.parametrize("labels", ["0", "-1", "x", "9" * 30, "\0"])
def test_the_classes_of_no_label_set_are_not_found(page, labels):
    assert page.get("/history/labels", {"q": "blue", "labels": labels}).status_code == 404
