"""Comparisons on the pages of staff, without JavaScript."""

import pytest

from feedback.services import give_feedback
from predictions.comparisons.models import Comparison
from predictions.comparisons.services import start
from predictions.models import Image
from predictions.pages import comparisons
from tests.predictions.comparisons.conftest import differing, second
from tests.predictions.comparisons.rows import CUP, ESPRESSO, asked, say

__all__ = ["differing", "second"]
pytestmark = pytest.mark.django_db
START = "/staff/models/imagenet/compare"


@pytest.fixture
def page(page_for, staff):
    return page_for(staff)


def text_of(response):
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def form(first, second, **fields):
    return {"first": first.pk, "second": second.pk, "pictures": "latest", "number": 10, **fields}


def test_a_comparison_is_started_on_the_page(page, model, second, differing):
    assert "No versions have been compared yet." in text_of(page.get(START))
    said = text_of(page.post(START, form(model, second), follow=True))
    assert "finished" in said
    assert "33.3%" in said
    assert "The same answer to 1 of 3 pictures." in said
    assert "The class of none of these pictures is known." in said
    assert said.index(differing[1].image.md5) < said.index(differing[2].image.md5)
    assert "A: cup" in said and "B: espresso" in said
    assert f"{model} / {second}" in text_of(page.get(START))


def test_the_class_is_named_in_the_words_of_the_page(page, model, second, differing):
    sent = form(model, second, pictures="class", class_name="Cup")
    said = text_of(page.post(START, sent, follow=True))
    assert "2 pictures: those of one class (cup)" in said
    sent = form(model, second, pictures="class", class_name="no such class")
    assert "No class has this name." in text_of(page.post(START, sent))


def test_refusals_are_said_in_the_form(page, model, second):
    for sent, why in [
        (form(model, model), "A version is not compared with itself."),
        (form(model, second), "There are no such pictures."),
        (form(model, second, number=""), "Say how many."),
    ]:
        assert why in text_of(page.post(START, sent))
    assert not Comparison.objects.exists()


def test_the_better_version_is_named_and_answers_are_marked(page, user, model, second):
    for _ in range(8):
        prediction = asked(user, model, CUP)
        say(prediction.image, second, ESPRESSO)
        give_feedback(prediction, correct=False, label="espresso")
    address = start(user, model, second, "known").get_absolute_url()
    said = text_of(page.get(address))
    assert "B is better than A (p = 0.008)." in said
    assert "On 8 pictures whose class is known" in said
    assert said.count("✗ wrong") == said.count("✓ right") == 8
    prediction.image.inferences.filter(model_version=second).update(class_key=CUP)
    for other in Image.objects.all()[:5]:
        other.inferences.filter(model_version=second).update(class_key=CUP)
    assert "No difference can be shown (p" in text_of(page.get(address))


def test_versions_that_agree_leave_no_list(page, user, model, second):
    say(asked(user, model, CUP).image, second, CUP)
    said = text_of(page.get(start(user, model, second, "latest").get_absolute_url()))
    assert "They give the same answer to every picture." in said


def test_a_running_comparison_shows_how_far_it_is_and_can_be_cancelled(page, user, model, second):
    asked(user, model, CUP)
    comparison = start(user, model, second, "latest")
    said = text_of(page.get(comparison.get_absolute_url()))
    assert "0 of 1 picture answered by both" in said
    assert "<progress" in said and "data-runs" in said
    assert "No picture has been answered by both versions yet." in said
    said = text_of(page.post(f"{comparison.get_absolute_url()}/cancel", follow=True))
    assert "cancelled" in said
    assert "<progress" not in said and "data-runs" not in said


def test_looking_at_a_running_comparison_asks_for_what_lacks(page, user, model, second):
    prediction = asked(user, model, CUP)
    comparison = start(user, model, second, "latest")
    prediction.image.inferences.filter(model_version=second).delete()  # as if there was no room
    page.get(comparison.get_absolute_url())
    assert prediction.image.inferences.filter(model_version=second, status="queued").exists()


def test_a_comparison_whose_pictures_are_deleted_says_so(page, user, model, second, differing):
    comparison = start(user, model, second, "latest")
    for prediction in differing:
        prediction.delete()
    Image.objects.all().delete()
    said = text_of(page.get(comparison.get_absolute_url()))
    assert "All pictures of this comparison have been deleted." in said


def test_disagreements_go_on_where_the_page_ends(page, user, model, second, differing, monkeypatch):
    monkeypatch.setattr(comparisons, "SHOWN", 1)
    address = start(user, model, second, "latest").get_absolute_url()
    said = text_of(page.get(address))
    assert differing[1].image.md5 in said and differing[2].image.md5 not in said
    following = said.partition('rel="next" href="')[2].partition('"')[0]
    said = text_of(page.get(address + following))
    assert differing[2].image.md5 in said and differing[1].image.md5 not in said
    assert 'rel="next"' not in said
    assert page.get(f"{address}?after=nonsense").status_code == 404


def test_pictures_are_shown_to_those_who_may_view_pictures(
    page_for, staff_with, user, model, second, differing
):
    address = start(user, model, second, "latest").get_absolute_url()
    picture = f"/admin/predictions/image/{differing[1].image_id}/picture"
    rights = ["predictions.view_modelversion", "predictions.view_image"]
    assert picture in text_of(page_for(staff_with(*rights)).get(address))
    said = text_of(page_for(staff_with(rights[0])).get(address))
    assert picture not in said
    assert "You have no permission to view pictures." in said


def test_pages_are_for_staff_with_the_permission(
    page_for, user, staff_with, model, second, differing
):
    comparison = start(user, model, second, "latest")
    viewer = page_for(staff_with("predictions.view_modelversion"))
    assert "New comparison" not in text_of(viewer.get(START))
    assert viewer.post(START, form(model, second)).status_code == 403
    assert viewer.post(f"{comparison.get_absolute_url()}/cancel").status_code == 403
    for person in (user, staff_with()):
        for address in (START, comparison.get_absolute_url()):
            assert page_for(person).get(address).status_code == 403


def test_an_unknown_classifier_gets_404(page):
    assert page.get("/staff/models/colors/compare").status_code == 404


def test_one_version_alone_cannot_be_compared(page, model):
    said = text_of(page.get(START))
    assert "There is only one version." in said
    assert "New comparison" not in said
