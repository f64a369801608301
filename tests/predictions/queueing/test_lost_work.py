"""Postgres is the truth: whatever happens to the queue or a worker, a picture is answered."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.db import connection, connections
from django_rq import get_worker
from redis import Redis
from rq import Worker

from predictions.models import Inference, Prediction
from predictions.queueing import recovery
from predictions.queueing.queue import QUEUE_NAMES, get_queue
from predictions.queueing.recovery import recover, requeue_lost
from predictions.queueing.turns import NOBODY, job_id_for
from tests.pictures import photograph, picture
from tests.predictions.client import predict


def status(api, address):
    return api.get(address).json()["status"]


@pytest.fixture
def redis(own_redis):
    with Redis.from_url(own_redis.redis_url) as redis:
        yield redis


def test_no_new_picture_is_accepted_while_redis_is_down(api, own_redis, media):
    own_redis.stop()
    response = predict(api)
    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert "cannot be reached" in response.json()["detail"]
    assert not Prediction.objects.exists()
    assert not media()


def test_a_known_picture_is_answered_while_redis_is_down(api, user, ask, own_redis):
    ask(user)
    own_redis.stop()
    response = predict(api)
    assert response.status_code == 200
    assert response.json()["cached"] is True


def test_the_page_says_that_redis_cannot_be_reached(page, own_redis):
    own_redis.stop()
    page.raise_request_exception = False
    response = page.post("/", {"file": photograph()})
    assert response.status_code == 503
    assert "cannot be reached" in response.content.decode()


class TestRedisIsFull:
    """Redis is out of memory: it still counts what waits, and then refuses the job."""

    @pytest.fixture(autouse=True)
    def full(self, redis):
        redis.config_set("maxmemory", "1")

    def test_a_picture_is_kept_and_answered_later(self, api, redis, a_minute_passes, run_worker):
        response = predict(api)
        assert response.status_code == 503
        assert response["Retry-After"] == "30"
        assert response.json()["id"] == str(Prediction.objects.get().pk)
        assert status(api, response["Location"]) == "queued"

        redis.config_set("maxmemory", "0")
        a_minute_passes()
        assert requeue_lost() == 1
        run_worker()
        assert api.get(response["Location"]).json()["prediction"] == "espresso"

    def test_the_pictures_of_a_bulk_request_are_kept(self, api):
        files = [photograph("coffee.png"), photograph("rocket.jpg")]
        response = api.post("/model/predictions", {"file": files}, format="multipart")
        assert response.status_code == 202
        assert [entry["status"] for entry in response.json()] == ["queued", "queued"]
        assert Prediction.objects.count() == 2

    def test_the_page_shows_that_the_picture_waits(self, page):
        response = page.post("/", {"file": photograph()}, follow=True)
        assert response.status_code == 200
        assert "Waiting for an answer" in response.content.decode()


def test_losing_redis_while_waiting_names_the_url_of_the_later_answer(api, own_redis):
    def ask():
        try:
            return predict(api)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(ask)
        while not get_queue("predictions").count:
            time.sleep(0.02)
        own_redis.stop()
        response = waiting.result()
    assert response.status_code == 503
    assert response.json()["id"] == str(Prediction.objects.get().pk)
    assert status(api, response["Location"]) == "queued"


def test_a_picture_is_answered_although_redis_was_emptied(api, redis, a_minute_passes, run_worker):
    address = predict(api, prefer="respond-async")["Location"]
    redis.flushall()
    assert get_queue("predictions").count == 0
    a_minute_passes()
    assert requeue_lost() == 1
    run_worker()
    assert api.get(address).json()["prediction"] == "espresso"


def test_lost_pictures_of_people_are_requeued_before_those_of_comparisons(
    api, model, redis, a_minute_passes, monkeypatch
):
    predict(api, prefer="respond-async")
    nobodys = Inference.objects.get()
    Inference.objects.update(job_id=job_id_for(NOBODY))
    predict(api, picture("red"), "respond-async")
    redis.flushall()
    a_minute_passes()
    monkeypatch.setattr(recovery, "AT_ONCE", 1)
    assert requeue_lost() == 1
    [job] = get_queue("bulk").jobs
    assert job.args[0] != nobodys.pk


def test_a_waiting_picture_is_not_requeued(api, own_redis, a_minute_passes):
    predict(api, prefer="respond-async")
    a_minute_passes()
    assert requeue_lost() == 0
    assert get_queue("predictions").count == 1


def test_a_picture_that_has_just_arrived_is_not_requeued(api, redis):
    """Its request may be about to enqueue it."""
    predict(api, prefer="respond-async")
    redis.flushall()
    assert requeue_lost() == 0


def test_an_answered_picture_is_not_requeued(user, ask, own_redis, a_minute_passes):
    ask(user)
    a_minute_passes()
    assert requeue_lost() == 0


@pytest.mark.parametrize("attempts", [1, 3])
def test_a_picture_that_another_worker_finishes_meanwhile_is_not_requeued(
    api, own_redis, a_minute_passes, monkeypatch, attempts
):
    predict(api, prefer="respond-async")
    a_minute_passes()
    Inference.objects.update(status="running", attempts=attempts)
    look = recovery.live_job_ids

    def finish_before():
        get_queue("predictions").empty()
        Inference.objects.all().fail("The file cannot be read as an image.", unreadable=True)
        return look()

    monkeypatch.setattr(recovery, "live_job_ids", finish_before)
    assert requeue_lost() == 0
    assert [get_queue(name).count for name in QUEUE_NAMES] == [0, 0]
    inference = Inference.objects.get()
    assert (inference.unreadable, inference.error) == (True, "The file cannot be read as an image.")


def test_several_workers_requeue_a_lost_picture_once(api, redis, a_minute_passes):
    predict(api, prefer="respond-async")
    redis.flushall()
    a_minute_passes()
    together = threading.Barrier(4)
    worker = get_worker(*QUEUE_NAMES)

    def look():
        try:
            together.wait()
            recover(worker.finish)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as threads:
        for future in [threads.submit(look) for _ in range(4)]:
            future.result()
    assert [get_queue(name).count for name in ("predictions", "bulk")] == [0, 1]


def test_a_worker_registers_again_after_redis_was_emptied(own_redis, redis):
    worker = get_worker(*QUEUE_NAMES)
    worker.register_birth()
    redis.flushall()
    worker.heartbeat()
    worker.run_maintenance_tasks()
    (known,) = Worker.all(queue=get_queue("predictions"))
    assert (known.name, known.pid, known.hostname) == (worker.name, worker.pid, worker.hostname)
    worker.register_death()


def test_lost_bulk_work_is_requeued_as_bulk_work(api, redis, a_minute_passes):
    files = [picture("red", "1.png"), picture("blue", "2.png")]
    api.post("/model/predictions", {"file": files}, format="multipart")
    redis.flushall()
    a_minute_passes()
    assert requeue_lost() == 2
    assert [get_queue(name).count for name in ("predictions", "bulk")] == [0, 2]


def test_a_bulk_request_without_redis_accepts_known_and_refuses_new_pictures(api, own_redis, model):
    known = picture("red", "known.png")
    (accepted,) = api.post("/model/predictions", {"file": [known]}, format="multipart").json()
    own_redis.stop()
    known.seek(0)
    files = [known, picture("blue", "new.png")]
    response = api.post("/model/predictions", {"file": files}, format="multipart")
    assert response.status_code == 202
    found, refused = response.json()
    assert found["id"] != accepted["id"]
    assert refused["status"] == "refused"
    assert "cannot be reached" in refused["detail"]


def test_a_bulk_request_tries_to_reach_redis_only_once(api, own_redis, model, caplog):
    """With one that hangs each would take a minute."""
    own_redis.stop()
    files = [picture(colour, f"{colour}.png") for colour in ("red", "green", "blue")]
    refused = api.post("/model/predictions", {"file": files}, format="multipart").json()
    assert [entry["file_name"] for entry in refused] == ["red.png", "green.png", "blue.png"]
    assert all("cannot be reached" in entry["detail"] for entry in refused)
    assert sum("ConnectionError" in record.getMessage() for record in caplog.records) == 1


@contextmanager
def no_room_for(event, condition):
    """PostgreSQL's disk is full for such rows, until what this yields is called or it ends."""

    def make_room():
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION IF EXISTS full_disk CASCADE")

    with connection.cursor() as cursor:
        cursor.execute(f"""
            CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                RAISE EXCEPTION 'No space left on device' USING ERRCODE = 'disk_full';
            END $$;
            CREATE TRIGGER full_disk BEFORE {event}
            FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION full_disk();
        """)
    try:
        yield make_room
    finally:
        make_room()


def test_a_file_that_the_database_refuses_does_not_affect_the_others(transactional_db, api, model):
    files = [picture("red", "1.png"), picture("red", "2.png", (33, 24)), picture("blue", "3.png")]
    with no_room_for("INSERT ON predictions_image", "NEW.width = 33"):
        answers = api.post("/model/predictions", {"file": files}, format="multipart").json()
    assert [answer["status"] for answer in answers] == ["queued", "refused", "queued"]


@pytest.fixture
def no_room_for_answers(transactional_db):
    """PostgreSQL has room for the mark that a worker has begun, but not for what it found out."""
    with no_room_for("UPDATE ON predictions_inference", "NEW.status = 'done'") as make_room:
        yield make_room


def test_an_answer_that_could_not_be_saved_does_not_count_as_a_killed_worker(
    api, no_room_for_answers, run_worker, a_minute_passes
):
    address = predict(api, prefer="respond-async")["Location"]
    for _ in range(2):
        a_minute_passes()
        run_worker()
        assert status(api, address) == "running"
    no_room_for_answers()
    a_minute_passes()
    run_worker()
    assert status(api, address) == "done"
