"""Several people send the same picture at the same moment."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
import requests
from django.db import connection, connections, transaction

from accounts.services import issue_tokens
from predictions import services
from predictions.models import Image, Inference, Prediction
from predictions.queueing.queue import get_queue
from tests.pictures import IMAGES, photograph, upload
from tests.predictions.client import predict
from tests.predictions.versions import promote, version_like


def at_once(*functions):
    """Calls them in a thread each, at the same moment, and returns what they return."""
    together = threading.Barrier(len(functions))

    def call(function):
        try:
            together.wait()
            return function()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(functions)) as threads:
        return list(threads.map(call, functions))


def test_people_who_send_the_same_picture_share_one_inference_and_one_job(
    live_server, worker, make_user, media
):
    finished = get_queue("predictions").finished_job_registry.get_job_ids
    before = set(finished())

    def sends(email):
        token = issue_tokens(make_user(email)).access
        return lambda: requests.post(
            f"{live_server}/model/predict",
            files={"file": ("coffee.png", (IMAGES / "coffee.png").read_bytes())},
            headers={"Authorization": f"Bearer {token}"},
            timeout=60,
        )

    people = [f"{name}@example.com" for name in ("ada", "grace", "mary", "joan")]
    answers = at_once(*(sends(email) for email in people))
    assert [answer.json()["prediction"] for answer in answers] == ["espresso"] * 4
    assert len({answer.json()["id"] for answer in answers}) == 4
    inference = Inference.objects.get()
    assert inference.attempts == 1
    assert set(finished()) - before == {str(inference.job_id)}
    assert Image.objects.count() == 1
    assert len(media()) == 1
    assert Prediction.objects.count() == 4


def test_a_picture_deleted_and_sent_at_the_same_moment_is_never_lost(api, own_redis, media):
    path = predict(api, prefer="respond-async")["Location"]
    for _ in range(15):
        deleted, sent = at_once(
            lambda path=path: api.delete(path),
            lambda: predict(api, prefer="respond-async"),
        )
        assert (deleted.status_code, sent.status_code) == (204, 202)
        path = sent["Location"]
        response = api.get(path + "/image")
        assert b"".join(response) == photograph().read()
        assert len(media()) == 1
    assert Image.objects.count() == Inference.objects.count() == Prediction.objects.count() == 1


def somebody_waits_for_a_lock():
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM pg_locks WHERE NOT granted")
        return cursor.fetchone() is not None


@contextmanager
def while_it_waits(function, then=lambda: None):
    """Commits the block once the function, called in a thread, waits for what it has locked.

    `then` is called before that commit. Yields a list that holds, afterwards, what the function
    returned.
    """
    returned = []

    def call():
        try:
            returned.append(function())
        finally:
            connections.close_all()

    thread = threading.Thread(target=call)
    with transaction.atomic():
        yield returned
        thread.start()
        deadline = time.monotonic() + 20
        while not somebody_waits_for_a_lock():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        then()
    thread.join()


def test_a_picture_that_another_request_is_recording_is_not_recorded_twice(
    api, own_redis, make_user, media
):
    grace = make_user("grace@example.com")

    def sends():
        return predict(api, prefer="respond-async")

    with while_it_waits(sends) as returned, upload() as file:
        services.request_prediction(grace, file)
    assert returned[0].status_code == 202
    assert get_queue("predictions").count == 1
    assert Image.objects.count() == Inference.objects.count() == len(media()) == 1
    assert Prediction.objects.count() == 2


@pytest.mark.parametrize("is_answered_by_the_champion", [True, False])
def test_a_picture_that_is_being_deleted_is_stored_again(
    api, own_redis, user, ask, media, model, is_answered_by_the_champion
):
    old = ask(user)
    if not is_answered_by_the_champion:
        promote(version_like(model, "newer"))
    with while_it_waits(lambda: predict(api, prefer="respond-async")) as returned:
        old.delete()
        old.image.delete()
        transaction.on_commit(lambda: old.image.file.delete(save=False))
    assert returned[0].status_code == 202
    response = api.get(returned[0]["Location"] + "/image")
    assert b"".join(response) == photograph().read()
    assert len(media()) == 1
    assert get_queue("predictions").count >= 1


def test_a_picture_deleted_before_it_could_be_locked_is_stored_again(
    api, own_redis, user, ask, media, model
):
    """The answer of a model that is no longer current: found by its image alone."""
    old = ask(user)
    promote(version_like(model, "newer"))

    def sends():
        return predict(api, prefer="respond-async")

    def delete():
        old.delete()
        old.image.delete()
        transaction.on_commit(lambda: old.image.file.delete(save=False))

    with while_it_waits(sends, then=delete) as returned:
        Image.objects.select_for_update().get()
    assert returned[0].status_code == 202
    response = api.get(returned[0]["Location"] + "/image")
    assert b"".join(response) == photograph().read()
    assert len(media()) == 1
