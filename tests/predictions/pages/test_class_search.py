"""The suggestions of classes for what a person types on a page."""

import pytest

from foundation.web.throttles import ReadThrottle


@pytest.fixture
def names(page):
    """The names that are suggested for this text."""

    def names(text, **query):
        response = page.get("/history/labels", {"q": text, **query})
        assert response.status_code == 200
        return [suggestion["name"] for suggestion in response.json()]

    return names


def test_words_of_a_group_find_its_classes(names):
    assert names("dogs")[:2] == ["Chihuahua", "Japanese spaniel"]


def test_eight_classes_at_most_are_suggested(names):
    assert len(names("dog")) == 8
    assert names("no such thing") == names("") == []


def test_classes_that_share_a_name_are_told_apart(page, names):
    assert names("crane") == ["crane (bird)", "crane (machine)"]
    about = [found["about"] for found in page.get("/history/labels?q=crane").json()]
    assert "wading bird" in about[0]
    assert "lifts and moves heavy objects" in about[1]


def test_names_are_in_the_language_of_the_page_that_asks(page, names):
    assert names("gato", language="es")[:2] == ["gato atigrado", "gato rayado"]
    assert names("gato", language="en")[:2] == ["tabby", "tiger cat"]
    first = page.get("/history/labels?q=tiger%20cat&language=es").json()[0]
    assert first == {"name": "gato rayado", "about": "tiger cat"}


def test_a_browser_keeps_the_answer_for_itself(page):
    assert page.get("/history/labels?q=dog")["Cache-Control"] == "private, max-age=86400"


def test_suggestions_are_limited(page, monkeypatch):
    monkeypatch.setattr(ReadThrottle, "THROTTLE_RATES", {"read": "1/min"})
    assert page.get("/history/labels?q=dog").status_code == 200
    assert page.get("/history/labels?q=dog").status_code == 429


def test_a_signed_out_visitor_gets_no_suggestions(client, db):
    assert client.get("/history/labels?q=dog").status_code == 403
