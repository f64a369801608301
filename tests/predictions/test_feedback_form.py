"""The form on a prediction's page: was it right, and if not, what is it?"""

import pytest

from feedback.models import Feedback


@pytest.fixture
def prediction(user, ask):
    return ask(user)


@pytest.fixture
def say(page, prediction):
    def say(**form):
        return page.post(f"/history/{prediction.pk}/feedback", form, follow=True)

    return say


def test_right(say, prediction, user):
    response = say(correct="yes", label="", feedback="")
    assert response.redirect_chain == [(f"/history/{prediction.pk}", 302)]
    assert "Your feedback is saved" in response.content.decode()
    assert "You said it was right" in response.content.decode()
    said = Feedback.objects.get()
    assert (said.user, said.prediction, said.correct) == (user, prediction, True)
    assert said.predicted_class == "espresso"
    assert said.score == prediction.inference.score
    assert said.image_file_name == prediction.image_file_name


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Siberian husky", "Siberian_husky"),
        ("siberian_HUSKY ", "Siberian_husky"),
        ("my neighbour's dog", "my neighbour's dog"),
        ("", ""),
    ],
)
def test_wrong_and_what_it_is(say, written, kept):
    response = say(correct="no", label=written, feedback="")
    assert "You said it was wrong" in response.content.decode()
    said = Feedback.objects.get()
    assert (said.correct, said.label) == (False, kept)


def test_a_few_words(say):
    response = say(correct="yes", label="", feedback="Strong & <hot>")
    assert Feedback.objects.get().feedback == "Strong & <hot>"
    assert "Strong &amp; &lt;hot&gt;" in response.content.decode()


def test_what_is_right_needs_no_other_name(say):
    say(correct="yes", label="tabby", feedback="")
    assert Feedback.objects.get().label == ""


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"correct": "maybe"},
        {"correct": "no", "label": "x" * 201},
        {"correct": "yes", "feedback": "x" * 2001},
    ],
)
def test_what_makes_no_sense_is_not_saved_and_says_why(say, form):
    response = say(**form)
    assert "message error" in response.content.decode()
    assert not Feedback.objects.exists()


def test_every_class_is_offered(page, prediction):
    html = page.get(f"/history/{prediction.pk}").content.decode()
    assert '<option value="Siberian husky">' in html
    assert html.count("<option") == 1000


def test_a_picture_that_waits_cannot_be_judged(page, user, ask):
    waiting = ask(user, "rocket.jpg", answered=False)
    assert "Was it right?" not in page.get(f"/history/{waiting.pk}").content.decode()
    assert page.post(f"/history/{waiting.pk}/feedback", {"correct": "yes"}).status_code == 404
