"""Deleting pictures that were chosen in the history."""

from predictions.models import Prediction
from tests.predictions.client import NOBODYS
from tests.predictions.pages.test_history import names
from tests.predictions.pages.test_pages import text


def test_deleting_asks_for_confirmation(page, three):
    ids = [prediction.pk for prediction in three[:2]]
    response = page.post("/history/delete", {"id": ids})
    assert "Delete these 2 pictures?" in text(response)
    assert "the pictures and their answers are deleted permanently" in text(response)
    assert Prediction.objects.count() == 3

    response = page.post("/history/delete", {"id": ids, "confirmed": "yes"}, follow=True)
    assert "2 pictures deleted." in text(response)
    assert names(response) == ["coffee.png"]


def test_deleting_without_a_selection_shows_a_message(page, three):
    response = page.post("/history/delete", follow=True)
    assert "Choose the pictures to delete first." in text(response)


def test_deleting_pictures_that_are_gone_shows_a_message(page, three):
    """Somebody clicked twice."""
    form = {"id": [NOBODYS], "confirmed": "yes"}
    response = page.post("/history/delete", form, follow=True)
    assert "These pictures no longer exist." in text(response)
    assert page.post("/history/delete", {"id": ["nonsense"]}).status_code == 404


def test_nobody_can_delete_another_persons_pictures(page_for, make_user, three):
    stranger = page_for(make_user("grace@example.com"))
    form = {"id": [three[0].pk], "confirmed": "yes"}
    assert stranger.post("/history/delete", form).status_code == 302
    assert Prediction.objects.count() == 3


def test_a_get_request_deletes_nothing(page, three):
    response = page.get(f"/history/delete?id={three[0].pk}&confirmed=yes")
    assert response["Location"] == "/history"
    assert Prediction.objects.count() == 3
