"""People read what came of their feedback on the pages of their own pictures."""

import pytest

from feedback.services import give_feedback
from review.decisions import decide
from review.filling import fill
from review.models import Entry
from tests.predictions.comparisons.rows import CAT, CUP, ESPRESSO, asked

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("class_key", "sentence"),
    [
        (ESPRESSO, "Your correction was accepted."),
        (CUP, "A reviewer looked at it and kept the answer."),
        (None, "A reviewer looked at it and kept the answer."),
        (CAT, "A reviewer says: tabby."),
        ("", "A reviewer says: none of the classes that the model knows."),
    ],
)
def test_what_came_of_a_correction_is_said(
    page, user, model, classifier, reviewer, class_key, sentence
):
    prediction = asked(user, model, CUP)
    give_feedback(prediction, correct=False, label="espresso")
    fill(classifier)
    places = (prediction.get_absolute_url(), "/history")
    assert not any("reviewer" in page.get(place).content.decode() for place in places)
    decide(Entry.objects.get().pk, reviewer, queue="feedback", class_key=class_key)
    assert all(sentence in page.get(place).content.decode() for place in places)


def test_a_page_of_the_history_costs_one_statement_more(
    page,
    user,
    model,
    classifier,
    reviewer,
    django_assert_num_queries,
    django_assert_max_num_queries,
):
    def look():
        with django_assert_max_num_queries(40) as looked:
            page.get("/history")
        return len(looked)

    predictions = [asked(user, model, CUP) for _ in range(5)]
    look()  # what a process reads once is read
    before = look()
    for prediction in predictions:
        give_feedback(prediction, correct=True, label="")
    fill(classifier)
    for entry in Entry.objects.all():
        decide(entry.pk, reviewer, queue="feedback", class_key=CUP)
    assert page.get("/history").content.decode().count("A reviewer agrees.") == 5
    assert look() == before + 1
