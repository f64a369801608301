"""`DELETE /model/predictions/{id}`: the picture is deleted with its last prediction."""

import errno
import os

import pytest
from django_rq import get_worker

from predictions.models import Image, Inference, Prediction
from predictions.pictures.checks import Refused
from predictions.queueing import recovery
from predictions.queueing.queue import QUEUE_NAMES, get_queue
from tests.pictures import photograph
from tests.predictions.client import predict

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("slash", ["", "/"])
def test_deleting_a_prediction_removes_its_rows_and_its_file(api, user, media, ask, slash):
    path = f"/model/predictions/{ask(user).pk}"
    assert len(media()) == 1
    response = api.delete(path + slash)
    assert response.status_code == 204
    assert response.content == b""
    assert api.get(path).status_code == 404
    assert api.delete(path).status_code == 404
    assert not media()
    assert not Image.objects.exists()
    assert not Inference.objects.exists()


def test_a_picture_that_another_person_sent_too_stays_theirs(
    api, api_for, make_user, user, media, ask
):
    grace = make_user("grace@example.com")
    mine, theirs = ask(user), ask(grace)
    api.delete(f"/model/predictions/{mine.pk}")
    response = api_for(grace).get(f"/model/predictions/{theirs.pk}/image")
    assert b"".join(response) == photograph().read()
    api_for(grace).delete(f"/model/predictions/{theirs.pk}")
    assert not media()


def test_a_picture_sent_twice_stays_until_both_predictions_are_deleted(api, user, media, ask):
    first, second = ask(user), ask(user)
    api.delete(f"/model/predictions/{first.pk}")
    assert api.get(f"/model/predictions/{second.pk}").json()["prediction"] == "espresso"
    assert len(media()) == 1


def test_deleting_a_person_deletes_their_pictures(api_for, staff, user, make_user, media, ask):
    ask(user), ask(user, "rocket.jpg"), ask(make_user("grace@example.com"), "rocket.jpg")
    assert api_for(staff).delete(f"/users/{user.pk}").status_code == 204
    assert [path.suffix for path in media()] == [".jpeg"]
    assert Image.objects.get().format == "JPEG"


def test_a_deleted_picture_can_be_sent_again(api, user, media, ask):
    ask(user).delete()
    assert not media()
    assert predict(api, prefer="respond-async").status_code == 202
    assert len(media()) == 1


class TestTheProcessDiedAfterItsCommit:
    """The prediction is gone, and nobody came to delete its picture."""

    @pytest.fixture
    def leave_orphan(self, own_redis, user, ask):
        def leave_orphan(name):
            orphaned = Prediction.objects.filter(pk=ask(user, name).pk)
            orphaned._raw_delete(orphaned.db)  # without signals

        return leave_orphan

    @pytest.fixture
    def a_worker_looks(self, own_redis):
        worker = get_worker(*QUEUE_NAMES)
        worker.register_birth()
        worker.heartbeat()
        yield worker.run_maintenance_tasks
        worker.register_death()

    def test_a_worker_deletes_the_orphaned_picture(
        self, user, ask, media, leave_orphan, a_worker_looks
    ):
        kept = ask(user, "rocket.jpg")
        leave_orphan("coffee.png")
        assert len(media()) == 2
        a_worker_looks()
        assert Image.objects.get() == kept.image
        assert [str(path) for path in media()] == [kept.image.file.path]

    def test_a_worker_looks_for_orphaned_pictures_once_an_hour_unless_there_are_more(
        self, user, ask, leave_orphan, media, a_worker_looks, monkeypatch
    ):
        monkeypatch.setattr(recovery, "DELETED_AT_ONCE", 1)
        ask(user, "rocket.jpg")
        leave_orphan("coffee.png")
        a_worker_looks()
        leave_orphan("chelsea.png")
        a_worker_looks()
        a_worker_looks()
        assert len(media()) == 1
        leave_orphan("coffee.png")
        a_worker_looks()
        assert len(media()) == 2

    def test_a_worker_deletes_nothing_while_a_database_is_being_restored(
        self, leave_orphan, media, a_worker_looks
    ):
        leave_orphan("coffee.png")
        a_worker_looks()
        assert Image.objects.exists()
        assert len(media()) == 1


def test_a_file_that_cannot_be_deleted_now_is_deleted_later(
    own_redis, user, ask, media, monkeypatch, caplog
):
    kept = ask(user, "rocket.jpg")
    first, second = ask(user), ask(user, "chelsea.png")
    remove = os.remove

    def refuse(path):
        if first.image.md5 in str(path):
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        remove(path)

    with monkeypatch.context() as patch:
        patch.setattr(os, "remove", refuse)
        first.delete()
        second.delete()
        recovery.delete_orphaned_images()
        assert "cannot be deleted: " in caplog.text
        assert set(Image.objects.all()) == {kept.image, first.image}

    get_queue("predictions").connection.delete(recovery.LOOKED)  # an hour passes
    recovery.delete_orphaned_images()
    assert [str(path) for path in media()] == [kept.image.file.path]
    assert Image.objects.get() == kept.image


def test_feedback_on_a_deleted_prediction_is_kept(api, user, ask):
    prediction = ask(user)
    said = {
        "feedback": "Good",
        "score": 0.9,
        "predicted_class": "espresso",
        "image_file_name": prediction.image_file_name,
    }
    assert api.post("/feedback", said).json()["prediction_id"] == str(prediction.pk)
    api.delete(f"/model/predictions/{prediction.pk}")
    (kept,) = api.get("/feedback").json()
    assert kept["feedback"] == "Good"
    assert kept["prediction_id"] is None


@pytest.mark.parametrize("before", ["nobody", "answered", "waiting"])
def test_a_picture_of_an_account_deleted_meanwhile_is_refused(user, make_user, ask, media, before):
    if before != "nobody":
        ask(make_user("grace@example.com"), answered=before == "answered")
    stored = media()
    type(user).objects.get(pk=user.pk).delete()
    with pytest.raises(Refused, match="has been deleted"):
        ask(user)
    assert media() == stored
    assert not Prediction.objects.filter(user_id=user.pk).exists()


def test_a_picture_deleted_while_it_waits_stays_deleted(api, stopped_worker, worker, media):
    path = predict(api, prefer="respond-async")["Location"]
    assert api.delete(path).status_code == 204
    go_on = stopped_worker
    go_on()
    # The next picture comes after it in the queue: once that is answered, it had its turn.
    assert predict(api, photograph("rocket.jpg")).json()["prediction"] == "missile"
    assert Inference.objects.get().label == "missile"
    assert len(media()) == 1
