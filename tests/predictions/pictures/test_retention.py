from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone

from classifier_site.operations.backups.checking import PICTURES
from classifier_site.operations.backups.contents import files_of_rows
from foundation.storage.holding import deletions_held
from learning.classes import add_class
from learning.examples import add_prediction
from predictions.models import Image, Inference, Prediction
from predictions.pictures import retention
from predictions.pictures.responses import EXPIRED
from predictions.pictures.thumbnails import path
from predictions.queueing import tidying
from predictions.queueing.queue import queues
from predictions.quotas import use_of
from predictions.registry.ownership import new_classifier
from review.decisions import verify
from tests.predictions.client import predict

pytestmark = pytest.mark.django_db
DAYS = 30


@pytest.fixture(autouse=True)
def thirty_days(settings):
    settings.RETENTION_DAYS = DAYS


@pytest.fixture
def old(user, ask):
    """A prediction from before; with its small copy."""
    prediction = ask(user)
    age(prediction)
    return prediction


def age(prediction, days=DAYS + 1):
    then = timezone.now() - timedelta(days=days)
    Prediction.everything.filter(pk=prediction.pk).update(created_at=then)
    Image.objects.filter(pk=prediction.image_id).update(created_at=then)


def is_there(prediction):
    return default_storage.exists(str(prediction.image.file))


def test_an_old_picture_goes_and_its_answer_stays(page, api, old):
    page.get(f"/history/{old.pk}/thumbnail/240")
    small = path(str(old.image.file), 240)
    assert default_storage.exists(small)
    assert retention.delete_expired(10) == 1
    assert not is_there(old) and not default_storage.exists(small)
    assert retention.delete_expired(10) == 0
    said = api.get(f"/model/predictions/{old.pk}").json()
    assert (said["status"], said["prediction"]) == ("done", old.inference.label)


def test_a_young_picture_stays(user, ask):
    prediction = ask(user)
    age(prediction, DAYS - 1)
    assert retention.delete_expired(10) == 0
    assert is_there(prediction)


def test_the_latest_time_that_anybody_sent_it_counts(old, make_user, ask):
    ask(make_user("eve@example.com"))
    assert retention.delete_expired(10) == 0


def test_one_that_waits_for_its_answer_stays(old):
    Inference.objects.update(status=Inference.Status.QUEUED)
    assert retention.delete_expired(10) == 0


def test_a_verified_picture_stays(old, staff):
    classifier = old.inference.model_version.classifier
    verify(old.image, classifier, "", staff, queue="page", inference=old.inference)
    assert retention.delete_expired(10) == 0


def test_an_example_of_a_classifier_stays(old, user):
    add_prediction(user, add_class(new_classifier(user, "Cups"), "Cup"), old)
    assert retention.delete_expired(10) == 0


def test_a_picture_that_somebody_keeps_stays_until_they_no_longer_do(old, page):
    shown = page.get(f"/history/{old.pk}").content.decode()
    assert "deleted 30 days after" in shown
    page.post(f"/history/{old.pk}/keep", {"keep": "on"})
    assert "You keep this picture" in page.get(f"/history/{old.pk}").content.decode()
    assert retention.delete_expired(10) == 0
    page.post(f"/history/{old.pk}/keep")
    assert retention.delete_expired(10) == 1


def test_pages_and_api_say_that_the_picture_is_gone(old, page, api):
    retention.delete_expired(10)
    shown = page.get(f"/history/{old.pk}")
    assert "The picture was deleted because of its age" in shown.content.decode()
    assert f"/history/{old.pk}/image" not in shown.content.decode()
    assert page.get("/history").status_code == 200
    small = page.get(f"/history/{old.pk}/thumbnail/240")
    assert (small.status_code, small["Content-Type"]) == (200, "image/svg+xml")
    assert small["Cache-Control"] == "private, no-cache"
    assert b"<svg" in small.getvalue()
    image = api.get(f"/model/predictions/{old.pk}/image")
    assert (image.status_code, image.json()["detail"]) == (404, EXPIRED)


def test_sending_it_again_brings_it_back_at_once_with_its_answer(old, api, page):
    retention.delete_expired(10)
    sent = predict(api)
    assert sent.status_code == 200 and sent.json()["cached"]
    image = Image.objects.get()
    assert image.is_intact() and image.file_deleted_at is None
    assert retention.delete_expired(10) == 0
    assert page.get(f"/history/{old.pk}/image")["Content-Type"] == "image/png"


def test_what_is_gone_fills_no_quota(old, user):
    assert use_of(user).pictures == 1
    retention.delete_expired(10)
    assert use_of(user).pictures == 0


def test_a_disk_that_refuses_is_tried_again(old, monkeypatch, caplog):
    def refuse(image):
        raise OSError("read-only")

    with monkeypatch.context() as patched:
        patched.setattr(retention.files, "delete", refuse)
        assert retention.delete_expired(10) == 0
    assert "read-only" in caplog.text
    assert Image.objects.get().file_deleted_at is None
    assert retention.delete_expired(10) == 1


def test_a_worker_does_it_once_an_hour_and_not_without_the_setting(old, settings):
    redis = queues()[0].connection
    redis.delete(tidying.LOOKED)
    settings.RETENTION_DAYS = None
    tidying.delete_expired_now_and_then()
    assert is_there(old)
    settings.RETENTION_DAYS = DAYS
    tidying.delete_expired_now_and_then()
    assert not is_there(old)
    assert 0 < redis.ttl(tidying.LOOKED) <= tidying.LOOK_EVERY
    redis.delete(tidying.LOOKED)


def test_the_form_says_how_long_pictures_are_kept(page, model, settings):
    assert "deleted 30 days after" in page.get("/").content.decode()
    settings.RETENTION_DAYS = None
    assert "days after" not in page.get("/").content.decode()


def test_it_waits_for_a_backup(old):
    with deletions_held():
        assert retention.delete_expired(10) == 0
    assert retention.delete_expired(10) == 1


def test_a_backup_does_without_what_is_gone(old):
    def wanted():
        with connection.cursor() as cursor:
            cursor.execute(PICTURES)
            checked = [file for file, _sha256 in cursor]
        return [file.name for file in files_of_rows()], checked

    name = str(old.image.file)
    assert wanted() == ([name], [name])
    retention.delete_expired(10)
    assert wanted() == ([], [])
