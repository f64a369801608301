"""The pages about accuracy and confusion."""

from datetime import timedelta

import pytest
from django.utils import timezone

from predictions.classifiers import Classifier
from review.decisions import verify
from review.models import Decision, SampledPrediction, monday_of
from tests.predictions.comparisons.rows import CAT, CUP, ESPRESSO, asked
from tests.predictions.heads import add_colours

pytestmark = pytest.mark.django_db


@pytest.fixture
def look(page_for, reviewer):
    """The text of a page, as a reviewer sees it, without its tags' line breaks."""
    client = page_for(reviewer)

    def look(path):
        response = client.get(path)
        assert response.status_code == 200
        return " ".join(response.content.decode().split())

    return look


@pytest.fixture
def decide(user, model, classifier, reviewer):
    """In the queue of the sample, that a picture answered with the first class shows the second."""

    def decide(answered, verified, weeks_ago=0):
        prediction = asked(user, model, answered)
        SampledPrediction.objects.create(
            prediction=prediction,
            classifier=classifier,
            week=monday_of(timezone.now()) - timedelta(weeks=weeks_ago),
        )
        return verify(
            prediction.image,
            classifier,
            verified,
            reviewer,
            queue="sample",
            inference=prediction.inference,
        )

    return decide


def test_without_labels_the_pages_lead_to_the_queues(look, user, model, classifier):
    assert "There is no sample yet." in look("/review/accuracy")
    prediction = asked(user, model, CUP)
    SampledPrediction.objects.create(
        prediction=prediction, classifier=classifier, week=monday_of(timezone.now())
    )
    shown = look("/review/accuracy")
    assert "Reviewers have labelled nothing of the sample yet." in shown
    assert 'href="/review/imagenet/sample"' in shown
    assert 'href="/review?classifier=imagenet"' in look("/review/confusion")


def test_without_a_model_the_pages_say_so(look, user):
    Classifier.everything.update(owner=user)
    assert "There is no sample yet." in look("/review/accuracy")
    assert "No model has been prepared yet." in look("/review/confusion")


def test_the_accuracy_is_said_with_its_interval_and_what_would_narrow_it(look, decide):
    for verified in (CUP, CUP, CUP, CAT):
        decide(CUP, verified)
    shown = look("/review/accuracy")
    assert "Right in 3 of 4 labelled answers. Of all its answers, expect 30.1% to 95.4%" in shown
    assert "more labels would halve the interval." in shown
    assert "<svg" not in shown  # of a single week


def test_weeks_are_drawn_and_read_out(look, decide):
    decide(CUP, CUP)
    decide(CUP, CAT, weeks_ago=2)
    shown = look("/review/accuracy")
    assert shown.count("<circle") == 2
    assert "between 0.0% and 100.0%, in the last week 100.0%." in shown


def test_each_number_of_the_matrix_leads_to_its_pictures(look, decide):
    made = decide(CUP, ESPRESSO)
    decide(CUP, CUP)
    shown = look("/review/confusion")
    assert "2 answers with a verified label, 1 of them wrong." in shown
    address = (
        f"/review/confusion/pictures?classifier=imagenet&amp;answered={CUP}&amp;verified={ESPRESSO}"
    )
    assert shown.count(f'href="{address}"') == 2  # in the list as well
    assert 'aria-label="1 picture of espresso, said: cup"' in shown
    behind = look(address.replace("&amp;", "&"))
    assert "espresso, taken for cup" in behind
    assert behind.count(f"/review/labels/{made.image_id}/imagenet") == 1


def test_filters_are_kept_on_the_way_to_the_pictures(look, decide, model):
    decide(CUP, ESPRESSO)
    shown = look(f"/review/confusion?version={model.pk}&since=2026-01-01&sample=on")
    kept = f"classifier=imagenet&amp;version={model.pk}&amp;since=2026-01-01&amp;sample=on"
    assert f"{kept}&amp;answered={CUP}" in shown
    assert "No verified label fits these filters." in look("/review/confusion?since=2100-01-01")
    assert "Enter a valid date." in look("/review/confusion?since=yesterday")


def test_pictures_behind_a_number_come_page_by_page(look, decide, monkeypatch):
    monkeypatch.setattr("review.pages.confusion.PICTURES", 2)
    made = [decide(CUP, CUP) for _ in range(3)]
    path = f"/review/confusion/pictures?answered={CUP}&verified={CUP}"
    first = look(path)
    assert f"before={made[1].pk}" in first and f"/labels/{made[0].image_id}/" not in first
    rest = look(f"{path}&before={made[1].pk}")
    assert f"/labels/{made[0].image_id}/" in rest and "To the beginning" in rest


def test_pictures_are_for_staff_who_may_be_shown_them(page_for, staff_with, decide, look):
    made = decide(CUP, CUP)
    path = f"/review/confusion/pictures?answered={CUP}&verified={CUP}"
    assert "You have no permission to view pictures." in look(path)
    assert "<img src=" not in look(path).partition("<ul")[2]
    may_see = page_for(staff_with("review.view_decision", "predictions.view_image"))
    shown = may_see.get(path).content.decode()
    assert (
        f"/admin/predictions/image/{made.image_id}/thumbnail/240" in shown
        and "Each picture you see is in the audit" in shown
    )
    assert "/review/labels/" not in shown  # that is for those who may decide


def test_what_the_server_does_not_review_is_not_shown(look, user, model):
    colours = add_colours(model).classifier
    assert look(f"/review/accuracy?classifier={colours.name}")
    colours.owner = user
    colours.save()
    with pytest.raises(AssertionError):
        look(f"/review/accuracy?classifier={colours.name}")


def test_the_pages_take_a_bounded_number_of_statements(look, decide, django_assert_max_num_queries):
    for number in range(12):
        decide((CUP, CAT, ESPRESSO)[number % 3], CUP, weeks_ago=number % 4)
    with django_assert_max_num_queries(12):
        look("/review/accuracy")
    with django_assert_max_num_queries(14):
        look("/review/confusion")
    assert Decision.objects.count() == 12
