"""What is deleted on the pages can be restored for ten minutes, and is not seen anywhere else."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from html import unescape
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.utils import timezone
from django_rq import get_worker

from feedback.services import give_feedback
from predictions.models import Image, Inference, Prediction
from predictions.pictures.deletion import empty_trash
from predictions.queueing.queue import QUEUE_NAMES
from tests.pictures import IMAGES, picture
from tests.predictions.client import predict
from tests.predictions.pages.test_pages import text

pytestmark = pytest.mark.django_db(transaction=True)


def delete(page, *predictions, **form):
    form |= {"id": [prediction.pk for prediction in predictions], "confirmed": "yes"}
    return page.post("/history/delete", form, follow=True)


def undo(page, response, **form):
    """Presses the button in the message, as a browser without JavaScript does."""
    html = response.content.decode()
    name, value, form_id = re.search(
        r'<button class="link" name="(\w+)" value="([^"]+)" form="(\w+)">Undo</button>', html
    ).groups()
    action = re.search(rf'<form id="{form_id}" method="post" action="([^"]+)">', html)[1]
    return page.post(action, {name: unescape(value), **form}, follow=True)


@pytest.fixture
def minutes_pass():
    def pass_minutes(minutes):
        for prediction in Prediction.everything.filter(deleted_at__isnull=False):
            prediction.deleted_at -= timedelta(minutes=minutes)
            prediction.save(update_fields=["deleted_at"])

    return pass_minutes


@pytest.fixture
def a_worker_looks(own_redis):
    worker = get_worker(*QUEUE_NAMES)
    worker.register_birth()
    worker.heartbeat()
    yield worker.run_maintenance_tasks
    worker.register_death()


def test_a_deleted_picture_comes_back_as_it_was(page, user, ask, media):
    coffee, rocket, cat = (ask(user, f"{n}") for n in ("coffee.png", "rocket.jpg", "chelsea.png"))
    give_feedback(rocket, correct=False, label="space_shuttle", text="A shuttle.")
    deleted = delete(page, coffee, rocket)
    assert "2 pictures deleted. Undo" in text(deleted)
    assert list(deleted.context["predictions"]) == [cat]

    restored = undo(page, deleted)
    assert "2 pictures restored." in text(restored)
    assert list(restored.context["predictions"]) == [cat, rocket, coffee]
    assert "Corrected to space shuttle." in text(page.get(f"/history/{rocket.pk}"))
    assert b"".join(page.get(f"/history/{coffee.pk}/image"))


def test_undoing_restores_what_was_deleted_together_only(page, user, ask):
    coffee, rocket = ask(user), ask(user, "rocket.jpg")
    first = delete(page, coffee)
    delete(page, rocket)
    assert list(undo(page, first).context["predictions"]) == [coffee]


def test_deleting_and_undoing_lead_back_to_the_filtered_place(page, user, ask):
    coffee = ask(user)
    place = "search=espresso&confidence=sure"
    html = page.get(f"/history?{place}").content.decode()
    assert html.count('name="place" value="search=espresso&amp;confidence=sure"') == 2
    asked = page.post("/history/delete", {"id": [coffee.pk], "place": place})
    assert '<a href="/history?search=espresso&amp;confidence=sure">Keep</a>' in (
        asked.content.decode()
    )
    deleted = delete(page, coffee, place=place)
    assert deleted.redirect_chain == [(f"/history?{place}", 302)]
    assert undo(page, deleted, place=place).redirect_chain == [(f"/history?{place}", 302)]


def test_a_place_cannot_lead_to_another_site(page, user, ask):
    response = delete(page, ask(user), place="//evil.example/?x=\r\nSet-Cookie: a=b")
    assert response.redirect_chain[0][0].startswith("/history?%2F%2Fevil.example")


def test_a_picture_in_the_trash_is_seen_nowhere_else(page, api, user, ask, page_for, staff):
    prediction = ask(user)
    give_feedback(prediction, correct=True, label="")
    delete(page, prediction)
    assert prediction.file_name in text(page.get("/history/trash"))
    for path in ("", "/image", "/thumbnail/240"):
        assert page.get(f"/history/{prediction.pk}{path}").status_code == 404
    for path in ("", "/image"):
        assert api.get(f"/model/predictions/{prediction.pk}{path}").status_code == 404
    assert page.get(f"/history/cards?id={prediction.pk}").json() == {}
    assert page.post(f"/history/{prediction.pk}/feedback", {"correct": "no"}).status_code == 404
    assert "No pictures yet" in text(page.get("/"))
    assert "Nothing here yet" in text(page.get("/history"))
    assert api.get("/model/predictions").json() == []
    assert b"".join(page.get("/history/export.json")) == b"[]\n"
    with ZipFile(BytesIO(b"".join(page.get("/accounts/export.zip")))) as file:
        assert file.namelist() == ["account.json", "predictions.json", "feedback.json"]
        assert file.read("predictions.json") == b"[]\n"
    assert [said["prediction_id"] for said in api.get("/feedback").json()] == [None]
    said = {"feedback": "x", "score": 0.9, "predicted_class": "espresso"}
    said["image_file_name"] = prediction.image_file_name
    assert api.post("/feedback", said).json()["prediction_id"] is None

    row = text(page_for(staff).get("/admin/predictions/prediction/"))
    assert "1 prediction" in row
    assert prediction.file_name in row
    assert (
        page_for(staff)
        .get("/admin/predictions/prediction/?deleted_at__isempty=1")
        .context["cl"]
        .result_count
        == 0
    )


def test_the_progress_of_a_bulk_request_leaves_out_what_is_in_the_trash(page, api, model):
    files = [picture("red", "1.png"), picture("blue", "2.png"), SimpleUploadedFile("3.txt", b"x")]
    sent = api.post("/model/predictions", {"file": files}, format="multipart")
    deleted = page.post(
        "/history/delete", {"id": [sent.json()[0]["id"]], "confirmed": ""}, follow=True
    )
    progress = api.get(sent["Location"]).json()
    assert [entry["file_name"] for entry in progress["entries"]] == ["2.png", "3.txt"]
    assert progress["total"] == 2
    undo(page, deleted)
    assert api.get(sent["Location"]).json()["total"] == 3


def test_the_trash_shows_and_restores_only_ones_own(page, page_for, make_user, user, ask):
    prediction = ask(user)
    deleted = delete(page, prediction)
    assert page.get(f"/history/trash/{prediction.pk}/thumbnail/240").status_code == 200
    stranger = page_for(make_user("grace@example.com"))
    assert stranger.get(f"/history/trash/{prediction.pk}/thumbnail/240").status_code == 404
    assert "Nothing was deleted" in text(stranger.get("/history/trash"))
    assert "no longer exist" in text(undo(stranger, deleted))
    for what in ("restore", "delete"):
        stranger.post("/history/trash", {"id": prediction.pk, what: ""})
    assert Prediction.everything.get().deleted_at is not None


def test_selected_pictures_are_restored_or_deleted_for_good(page, user, ask, media):
    coffee, rocket, cat = (ask(user, f"{n}") for n in ("coffee.png", "rocket.jpg", "chelsea.png"))
    delete(page, coffee, rocket, cat)
    form = {"id": [coffee.pk, cat.pk], "delete": ""}
    response = page.post("/history/trash", form, follow=True)
    assert "2 pictures deleted permanently." in text(response)
    assert Image.objects.get() == rocket.image
    assert [str(path) for path in media()] == [rocket.image.file.path]
    response = page.post("/history/trash", {"id": [rocket.pk], "restore": ""}, follow=True)
    assert "1 picture restored." in text(response)
    assert Prediction.objects.get() == rocket


def test_a_worker_empties_the_trash_after_ten_minutes(
    page, user, ask, media, minutes_pass, a_worker_looks
):
    kept, coffee, rocket = ask(user, "chelsea.png"), ask(user), ask(user, "rocket.jpg")
    delete(page, coffee)
    minutes_pass(8)
    delete(page, rocket)
    minutes_pass(1)
    a_worker_looks()
    assert Prediction.everything.count() == 3
    minutes_pass(2)
    a_worker_looks()
    assert set(Prediction.everything.all()) == {kept, rocket}
    assert set(Image.objects.all()) == {kept.image, rocket.image}
    assert not Inference.objects.filter(pk=coffee.inference_id).exists()
    assert len(media()) == 2


def test_a_picture_restored_while_the_trash_is_emptied_stays(page, user, ask, minutes_pass):
    """The worker has read that it is due when its owner is about to restore it."""
    prediction = ask(user)
    delete(page, prediction)
    minutes_pass(11)

    def empty():
        try:
            empty_trash(10)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            Prediction.everything.restore()
            emptied = threads.submit(empty)
            with pytest.raises(TimeoutError):
                emptied.result(timeout=1)
        emptied.result(timeout=10)
    assert Prediction.objects.get() == prediction


def test_a_picture_that_somebody_has_in_the_trash_is_not_orphaned(
    page, api_for, make_user, user, ask, media, a_worker_looks
):
    grace = make_user("grace@example.com")
    mine, theirs = ask(user), ask(grace)
    deleted = delete(page, mine)
    api_for(grace).delete(f"/model/predictions/{theirs.pk}")
    ask(grace, "rocket.jpg")
    a_worker_looks()
    assert len(media()) == 2
    undo(page, deleted)
    picture = b"".join(page.get(f"/history/{mine.pk}/image"))
    assert picture == (IMAGES / "coffee.png").read_bytes()


def test_a_picture_in_the_trash_can_be_sent_again(
    page, api, user, ask, media, minutes_pass, a_worker_looks
):
    first = ask(user)
    delete(page, first)
    again = predict(api).json()
    assert again["cached"] is True
    assert again["prediction"] == "espresso"
    minutes_pass(11)
    a_worker_looks()
    assert str(Prediction.everything.get().pk) == again["id"]
    assert len(media()) == 1


def test_a_picture_deleted_over_the_api_is_gone_at_once(api, page, user, ask, media):
    prediction = ask(user)
    api.delete(f"/model/predictions/{prediction.pk}")
    assert not Prediction.everything.exists()
    assert not media()


def test_an_account_is_deleted_with_its_trash(page, api_for, staff, user, ask, media):
    delete(page, ask(user))
    assert api_for(staff).delete(f"/users/{user.pk}").status_code == 204
    assert not Prediction.everything.exists()
    assert not media()


def test_a_picture_that_waits_is_answered_in_the_trash(page, user, ask, worker):
    prediction = ask(user, answered=False)
    deleted = delete(page, prediction)
    page.post("/", {"file": (IMAGES / "rocket.jpg").open("rb")})
    undo(page, deleted)
    assert "espresso" in text(page.get(f"/history/{prediction.pk}"))


def test_ten_thousand_in_the_trash_are_shown_in_pages(page, user, ask):
    one = ask(user)
    Prediction.objects.bulk_create(
        Prediction(
            user=user,
            image=one.image,
            inference=one.inference,
            file_name="x.png",
            deleted_at=timezone.now(),
        )
        for _ in range(100)
    )
    html = page.get("/history/trash").content.decode()
    assert html.count('name="id"') == 48
    assert page.get("/history/trash?page=3").content.decode().count('name="id"') == 4


@pytest.mark.parametrize("form", [{"at": "2026-99-01T00:00Z"}, {"id": "nonsense"}])
def test_a_made_up_form_gets_404(page, form):
    assert page.post("/history/trash", form).status_code == 404


def test_the_time_of_nothing_restores_nothing(page, user, ask):
    delete(page, ask(user))
    page.post("/history/trash", {"at": "then"})
    assert not Prediction.objects.exists()
