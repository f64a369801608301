"""Decisions in the admin."""

import pytest

from review.decisions import undo, verify
from review.models import Decision
from tests.predictions.comparisons.rows import CAT, CUP, asked

pytestmark = pytest.mark.django_db
LIST = "/admin/review/decision/"


@pytest.fixture
def decided(user, model, classifier, reviewer, other):
    """A cup that was called a tabby, then a cup, which was taken back."""
    prediction = asked(user, model, CUP)
    for key, by in ((CAT, reviewer), (CUP, other)):
        verify(prediction.image, classifier, key, by, queue="page", inference=prediction.inference)
    undo(other)
    return Decision.objects.verified().get()


def test_a_decision_is_shown_with_all_of_its_picture_and_cannot_be_changed(
    page_for, reviewer, decided
):
    page = page_for(reviewer)
    shown = page.get(f"{LIST}{decided.pk}/change/").content.decode()
    assert shown.count("<li>tabby (another class)") == 1
    assert "stands" in shown and "taken back" in shown and "second.reviewer@example.com" in shown
    assert '<input type="submit"' not in shown
    assert page.post(f"{LIST}{decided.pk}/delete/").status_code == 403


@pytest.mark.parametrize(
    ("query", "found"),
    [("q=second.rev", 1), ("q=nobody", 0), ("verdict__exact=corrected", 1), ("q={md5}", 2)],
)
def test_decisions_are_found_and_filtered(page_for, reviewer, decided, query, found):
    listed = page_for(reviewer).get(f"{LIST}?{query.format(md5=decided.image.md5)}")
    assert listed.context["cl"].result_count == found


def test_a_list_takes_as_many_statements_for_many_decisions(
    page_for, reviewer, decided, user, model, classifier, django_assert_max_num_queries
):
    for _ in range(5):
        prediction = asked(user, model, CUP)
        verify(
            prediction.image,
            classifier,
            CUP,
            reviewer,
            queue="page",
            inference=prediction.inference,
        )
    page = page_for(reviewer)
    with django_assert_max_num_queries(14):
        page.get(LIST)
