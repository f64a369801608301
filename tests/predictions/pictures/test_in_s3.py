"""Pictures in S3: accepted means stored, and what fails today on a full disk fails alike."""

from datetime import timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest
import requests
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from foundation.storage.lasting import lasting_storage
from predictions.models import Image, Inference, Prediction
from predictions.pictures import deletion, retention, sweeping
from predictions.pictures.thumbnails import path
from predictions.queueing import tidying
from predictions.queueing.queue import get_queue, queues
from tests.pictures import IMAGES, photograph, picture
from tests.ports import free_port
from tests.predictions.client import predict
from tests.predictions.in_process import answer
from tests.s3_server import BUCKET, put_in_s3

COFFEE = (IMAGES / "coffee.png").read_bytes()
WHY = "The picture could not be stored: the storage cannot be reached."
AWAY = "The storage of pictures cannot be reached."


@pytest.fixture(autouse=True)
def stored(media_in_s3):
    return media_in_s3


@pytest.fixture
def asked():
    """The names of the operations that S3 is asked for."""
    operations = []
    default_storage.client.meta.events.register(
        "before-call.s3", lambda model, **_: operations.append(model.name)
    )
    return operations


@pytest.fixture
def lose_s3(settings):
    """Called, it lets nobody answer at the endpoint."""

    def lose():
        cache.clear()
        put_in_s3(settings, f"s3://pictures?endpoint=http://127.0.0.1:{free_port()}&region=a")

    return lose


def post(api, *files):
    return api.post("/model/predictions", {"file": list(files)}, format="multipart")


def test_a_picture_costs_one_request_to_store_and_one_to_answer(api, model, stored, asked):
    [entry] = post(api, photograph()).json()
    assert (entry["status"], asked) == ("queued", ["PutObject"])
    [name] = stored()
    assert (name, default_storage.size(name)) == (str(Image.objects.get().file), len(COFFEE))
    asked.clear()
    answer(list(Inference.objects.all()))
    assert asked == ["GetObject"]
    asked.clear()
    [entry] = post(api, photograph()).json()  # known: one look whether its file is still there
    assert (entry["status"], asked) == ("done", ["HeadObject"])


def test_a_lost_object_is_stored_again_when_the_picture_is_sent_again(api, user, ask, stored):
    prediction = ask(user)
    name = str(prediction.image.file)
    for lost in (lambda: default_storage.delete(name), lambda: cut_short(name)):
        lost()
        assert predict(api).json()["cached"] is True
        assert default_storage.open(name).read() == COFFEE
    assert stored() == [name]


def cut_short(name):
    lasting_storage.replace(name, ContentFile(COFFEE[:100]))


def test_without_s3_a_new_picture_is_refused_and_nothing_is_recorded(api, model, lose_s3):
    lose_s3()
    response = predict(api)
    assert (response.status_code, response["Retry-After"]) == (503, "60")
    assert response.json() == {"detail": f"{WHY} Try later.", "code": "not_stored"}
    [entry] = post(api, picture()).json()
    assert entry["status"] == "refused" and entry["detail"].startswith(WHY)
    for rows in (Image, Inference, Prediction):
        assert not rows.objects.exists()
    assert get_queue("predictions").count == get_queue("bulk").count == 0


def test_without_s3_a_known_picture_is_answered(api, user, ask, lose_s3):
    ask(user)
    lose_s3()
    assert predict(api).json()["cached"] is True


def test_without_s3_pictures_are_answered_503_as_pages_and_as_json(api, page, user, ask, lose_s3):
    prediction = ask(user)
    lose_s3()
    api.raise_request_exception = page.raise_request_exception = False
    told = api.get(f"/model/predictions/{prediction.pk}/image")
    assert (told.status_code, told["Retry-After"]) == (503, "5")
    assert told.json()["detail"].startswith(AWAY)
    for address in ("thumbnail/240", "image"):
        shown = page.get(f"/history/{prediction.pk}/{address}")
        assert (shown.status_code, shown["Retry-After"]) == (503, "5")
        assert AWAY in shown.content.decode()
    assert page.get("/history").status_code == 200


def test_a_picture_that_need_not_be_kept_and_cannot_be_deleted_is_answered(
    api, user, ask, lose_s3, monkeypatch, caplog
):
    """The process does not know that it is known, stores it, and finds its row."""
    prediction = ask(user)
    cache.clear()

    def refuse(**_):
        lose_s3()
        default_storage.delete("a")

    monkeypatch.setattr(default_storage.client, "delete_object", refuse)
    assert predict(api).json()["id"] != str(prediction.pk)
    assert "could not be deleted" in caplog.text


def test_pages_show_the_picture_and_its_small_copy(page, user, ask, stored):
    prediction = ask(user)
    whole = page.get(f"/history/{prediction.pk}/image")
    assert whole.getvalue() == COFFEE
    assert whole["Content-Length"] == str(len(COFFEE))
    for _ in range(2):
        small = page.get(f"/history/{prediction.pk}/thumbnail/240")
        assert small.getvalue()[8:12] == b"WEBP"
    name = str(prediction.image.file)
    assert sorted(stored()) == [name, path(name, 240)]
    default_storage.delete(name)
    assert page.get(f"/history/{prediction.pk}/image").status_code == 404


def test_all_of_a_persons_pictures_can_be_taken_away(page, user, ask):
    ask(user)
    lost = ask(user, "rocket.jpg")
    default_storage.delete(str(lost.image.file))
    exported = page.get("/accounts/export.zip")
    with ZipFile(BytesIO(exported.getvalue())) as archive:
        [name] = [name for name in archive.namelist() if name.startswith("pictures/")]
        assert archive.read(name) == COFFEE
        assert "MISSING.txt" in archive.namelist()


def test_objects_go_with_the_last_prediction(
    page, user, ask, stored, django_capture_on_commit_callbacks
):
    prediction = ask(user)
    page.get(f"/history/{prediction.pk}/thumbnail/240")
    with django_capture_on_commit_callbacks(execute=True):
        prediction.delete()
    assert stored() == [] and not Image.objects.exists()


def test_without_s3_what_is_deleted_stays_for_a_later_look(
    user, ask, stored, settings, s3_server, s3_prefix, lose_s3, django_capture_on_commit_callbacks
):
    prediction = ask(user)
    lose_s3()
    with django_capture_on_commit_callbacks(execute=True):
        prediction.delete()
    image = Image.objects.get()
    put_in_s3(settings, s3_server.url(s3_prefix))
    assert stored()
    deletion.delete_if_orphaned(image.pk)
    assert stored() == [] and not Image.objects.exists()


def test_without_s3_expired_pictures_wait_after_the_first(user, ask, settings, lose_s3, caplog):
    for name in ("coffee.png", "rocket.jpg"):
        ask(user, name)
    settings.RETENTION_DAYS = 1
    old = timezone.now() - timedelta(days=2)
    for rows in (Image, Prediction):
        rows.objects.update(created_at=old)
    lose_s3()
    assert retention.delete_expired(100) == 0
    assert caplog.text.count("deleted later") == 1
    assert Image.objects.filter(file_deleted_at=None).count() == 2


@pytest.fixture
def swept_never():
    queues()[0].connection.delete(tidying.SWEPT, tidying.FOLDERS)
    yield
    queues()[0].connection.delete(tidying.SWEPT, tidying.FOLDERS)


def test_orphans_and_unfinished_uploads_are_swept(
    user, ask, stored, s3_server, s3_prefix, monkeypatch, swept_never
):
    prediction = ask(user)
    nobodys = f"images/2026/01/02/{'0' * 32}-1b2c3d4e.jpeg"
    lasting_storage.replace(nobodys, ContentFile(b"12345"))
    unfinished = {"Bucket": BUCKET, "Key": f"{s3_prefix}/archives/a.zip"}
    s3_server.admin.create_multipart_upload(**unfinished)
    tidying.sweep_now_and_then()
    assert nobodys in stored()  # not yet a day old
    queues()[0].connection.delete(tidying.SWEPT)
    monkeypatch.setattr(sweeping, "AGE", timedelta(seconds=-60))
    while not queues()[0].connection.exists(tidying.SWEPT):
        tidying.sweep_now_and_then()
    assert stored() == [str(prediction.image.file)]
    left = s3_server.admin.list_multipart_uploads(Bucket=BUCKET, Prefix=s3_prefix)
    assert not left.get("Uploads")


def test_without_s3_the_folder_is_swept_later(user, ask, lose_s3, swept_never, caplog):
    ask(user)
    lose_s3()
    tidying.sweep_now_and_then()
    assert "swept later" in caplog.text
    connection = queues()[0].connection
    assert connection.llen(tidying.FOLDERS) == len(sweeping.folders)
    assert not connection.exists(tidying.SWEPT)


def test_pages_send_browsers_to_s3_for_a_short_while_if_so_set(api, page, user, ask, settings):
    settings.MEDIA_SIGNED_URLS = 60
    prediction = ask(user)
    for address, kind in (("image", "image/png"), ("thumbnail/240", "image/webp")):
        sent = page.get(f"/history/{prediction.pk}/{address}")
        assert (sent.status_code, sent["Cache-Control"]) == (302, "private, max-age=30")
        assert sent["Location"].startswith(settings.MEDIA_BUCKET.origin)
        assert f"response-content-type={kind.replace('/', '%2F')}" in sent["Location"]
        shown = requests.get(sent["Location"], timeout=10)
        assert (shown.status_code, shown.headers["Content-Type"]) == (200, kind)
    other = sent["Location"].replace("-240.webp", "-480.webp")
    assert requests.get(other, timeout=10).status_code == 403
    told = api.get(f"/model/predictions/{prediction.pk}/image")
    assert told.getvalue() == COFFEE
    default_storage.delete(str(prediction.image.file))
    assert page.get(f"/history/{prediction.pk}/image").status_code == 404
