"""A picture's page: its neighbours, its own time, its file, and asking the current model."""

import re
from datetime import timedelta
from urllib.parse import unquote

import pytest
from django.utils import timezone

from predictions.models import Inference, Prediction
from predictions.throttles import PredictThrottle
from tests.pictures import IMAGES
from tests.predictions.pages.test_pages import text
from tests.predictions.versions import version_like


@pytest.fixture
def three(user, ask):
    """By time: chelsea, rocket, coffee."""
    return {name: ask(user, name) for name in ("chelsea.png", "rocket.jpg", "coffee.png")}


def neighbours(page, prediction, query=""):
    """The names of the pictures before and after it, and what follows in their addresses."""
    response = page.get(f"/history/{prediction.pk}{query}")
    found = []
    for way in ("prev", "next"):
        link = re.search(
            rf'<a rel="{way}" href="/history/([\w-]+)(.*?)">', response.content.decode()
        )
        assert link is None or unquote(link[2].replace("&amp;", "&")) == query
        found.append(link and Prediction.objects.get(pk=link[1]).file_name)
    return found


@pytest.mark.parametrize(
    ("query", "name", "expected"),
    [
        ("", "rocket.jpg", ["coffee.png", "chelsea.png"]),
        ("", "coffee.png", [None, "rocket.jpg"]),
        ("", "chelsea.png", ["rocket.jpg", None]),
        ("?order=oldest", "rocket.jpg", ["chelsea.png", "coffee.png"]),
        ("?order=name", "coffee.png", ["chelsea.png", "rocket.jpg"]),
        ("?order=surest", "coffee.png", [None, "chelsea.png"]),
        ("?confidence=unsure", "rocket.jpg", [None, "chelsea.png"]),
        ("?search=cat", "coffee.png", [None, "chelsea.png"]),  # it need not match itself
        ("?status=asleep", "rocket.jpg", [None, None]),
        ("?order=none", "rocket.jpg", ["coffee.png", "chelsea.png"]),
    ],
)
def test_the_neighbours_follow_filter_and_order(page, three, query, name, expected):
    assert neighbours(page, three[name], query) == expected


def test_a_tile_leads_to_its_page_with_the_filters(page, three):
    html = page.get("/history?search=cat&order=name").content.decode()
    assert f'href="/history/{three["chelsea.png"].pk}?search=cat&amp;order=name"' in html


def test_neighbours_are_found_with_one_statement_each(page, three, django_assert_num_queries):
    page.get("/history")
    # Session, user; the picture, what was said of it, who would answer now, which classifiers there
    # are, whose classes have that word, the one before and the one after; how long vectors are,
    # which are the nearest, and what was answered to those.
    with django_assert_num_queries(13):
        page.get(f"/history/{three['rocket.jpg'].pk}?search=cat&order=surest")


def test_other_peoples_pictures_are_no_neighbours(page, make_user, ask, three):
    ask(make_user("grace@example.com"))
    assert neighbours(page, three["coffee.png"]) == [None, "rocket.jpg"]


def test_the_time_is_from_asking_to_the_answer(page, three):
    prediction = three["coffee.png"]
    asked = timezone.now()
    Prediction.objects.filter(pk=prediction.pk).update(created_at=asked)
    times = {"queue": 300, "decode": 5, "inference": 700, "save": 3, "batch_size": 8}
    for took, written in (
        (0.0414, "answered after 41 ms"),
        (1.34, "answered after 1.3 s"),
        (65, "answered after 1 minute"),
        (25_199.9, "answered after 7 hours"),
        (6907, "answered after 1 hour, 55 minutes"),
    ):
        Inference.objects.filter(pk=prediction.inference_id).update(
            finished_at=asked + timedelta(seconds=took), timings=times
        )
        assert written in text(page.get(f"/history/{prediction.pk}"))
    assert "700 ms in the model for all 8 pictures of its batch" in (
        text(page.get(f"/history/{prediction.pk}"))
    )


def test_a_repeated_picture_has_no_time_of_its_own(page, user, ask, three):
    again = text(page.get(f"/history/{ask(user, 'coffee.png').pk}"))
    assert "same picture as before" in again
    assert "answered after" not in again
    assert "ms in the queue" not in again


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("My cup.png", 'attachment; filename="My cup.png"'),
        ("Größe 杯.png", "attachment; filename*=utf-8''Gr%C3%B6%C3%9Fe%20%E6%9D%AF.png"),
        ('a"b\\c.png', 'attachment; filename="a\\"b\\\\c.png"'),
        ("blob", 'attachment; filename="blob.png"'),
    ],
)
def test_the_original_is_downloaded_under_its_own_name(page, three, name, expected):
    prediction = three["coffee.png"]
    Prediction.objects.filter(pk=prediction.pk).update(file_name=name)
    html = page.get(f"/history/{prediction.pk}").content.decode()
    assert f'href="/history/{prediction.pk}/image?download" download' in html
    response = page.get(f"/history/{prediction.pk}/image?download")
    assert response["Content-Disposition"] == expected
    assert b"".join(response) == (IMAGES / "coffee.png").read_bytes()
    shown = page.get(f"/history/{prediction.pk}/image")
    assert b"".join(shown) and shown["Content-Disposition"].startswith("inline")


class TestTheCurrentModelIsAnother:
    @pytest.fixture
    def old(self, media, user, ask, model):
        """An answer of a model that has been replaced since."""
        prediction = ask(user)
        before = version_like(model, "0")
        Inference.objects.filter(pk=prediction.inference_id).update(model_version=before)
        return prediction

    @pytest.mark.django_db(transaction=True)
    def test_the_picture_can_be_sent_again(self, page, media, old, worker):
        files = media()
        html = page.get(f"/history/{old.pk}").content.decode()
        assert f'action="/history/{old.pk}/again"' in html
        response = page.post(f"/history/{old.pk}/again", follow=True)
        again = Prediction.objects.exclude(pk=old.pk).get()
        assert response.redirect_chain == [(f"/history/{again.pk}", 302)]
        assert "espresso" in text(response)
        assert "Send again" not in text(response)
        assert again.file_name == old.file_name
        assert again.image == old.image
        assert media() == files
        old.inference.refresh_from_db()
        assert old.inference.model_version.version == "0"

    def test_it_counts_as_a_picture_that_is_sent(self, page, old, monkeypatch):
        monkeypatch.setattr(PredictThrottle, "THROTTLE_RATES", {"predict": "1/min"})
        page.post("/history/cards", {"file": (IMAGES / "rocket.jpg").open("rb")})
        response = page.post(f"/history/{old.pk}/again", follow=True)
        assert "Too many requests" in text(response)
        assert response.redirect_chain == [(f"/history/{old.pk}", 302)]

    def test_a_lost_file_cannot_be_sent_again(self, page, media, old):
        for path in media():
            path.unlink()
        response = page.post(f"/history/{old.pk}/again", follow=True)
        assert "The file of this picture is lost." in text(response)


def test_an_answer_of_the_current_model_is_not_asked_again(page, three):
    assert "Send again" not in text(page.get(f"/history/{three['coffee.png'].pk}"))


def test_tiles_that_waited_are_given_again(page, page_for, make_user, user, ask):
    done, waiting = ask(user), ask(user, "rocket.jpg", answered=False)
    address = f"/history/tiles?id={done.pk}&id={waiting.pk}"
    html = page.get(address).content.decode()
    assert f'<li data-id="{done.pk}">' in html
    assert f'<li data-id="{waiting.pk}" data-waits>' in html
    assert "espresso" in html
    assert "espresso" not in page_for(make_user("grace@example.com")).get(address).content.decode()
    assert page.get("/history/tiles?id=nonsense").status_code == 404
