"""Many pictures in one run of the model: a failure fails only its own job."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Event

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django_rq import get_worker
from rq.job import Job

from predictions.models import Inference
from predictions.queueing import batch, jobs
from predictions.queueing.jobs import Arguments
from predictions.queueing.queue import QUEUE_NAMES, get_queue
from predictions.registry.predictors import answering
from tests.conftest import PROJECT
from tests.pictures import IMAGES, photograph, picture, shades
from tests.predictions.client import predict, send_many, states
from tests.predictions.deadly_worker import CONFUSING, DEADLY, RAISING
from tests.predictions.rq_counts import (
    counts_of_rq_info,
    counts_of_the_admin,
    fetched_counts,
    job_counts,
)


def corrupt():
    return SimpleUploadedFile("corrupt.jpg", (IMAGES / "rocket.jpg").read_bytes()[:20_000])


def test_waiting_pictures_are_answered_in_one_batch(api, own_redis, run_worker):
    addresses = send_many(api, shades(16))
    log = run_worker()
    assert states(api, addresses) == ["done"] * 16
    assert log.count('"event": "Picture answered"') == 16
    assert "classify inference" not in log  # RQ's own line about each job
    assert {i.timings["batch_size"] for i in Inference.objects.all()} == {16}
    assert job_counts() == fetched_counts() == (0, 16, 0)


def test_a_batch_is_no_larger_than_the_setting(api, own_redis, run_worker):
    send_many(api, shades(10))
    run_worker(CLASSIFIER_BATCH_SIZE="4")
    sizes = [i.timings["batch_size"] for i in Inference.objects.order_by("pk")]
    assert sizes == [4] * 8 + [2] * 2


def test_an_answer_does_not_depend_on_its_batch(api, own_redis, run_worker):
    names = ["coffee.png", "chelsea.png", "rocket.jpg"]
    send_many(api, [*(photograph(name) for name in names), *shades(9)])
    run_worker()
    found = Inference.objects.order_by("pk")[:3]
    assert [i.label for i in found] == ["espresso", "tiger_cat", "missile"]
    assert [round(i.score, 4) for i in found] == [0.9505, 0.3848, 0.3073]


def test_a_corrupt_and_a_huge_picture_fail_without_the_rest_of_their_batch(
    api, own_redis, run_worker, settings
):
    huge = picture("red", "huge.png", (2000, 1000))
    addresses = send_many(api, [*shades(4), corrupt(), huge, *shades(4, red=9)])
    run_worker(MAX_PIXELS="1000000")  # lowered since they were accepted
    found = [api.get(address).json() for address in addresses]
    assert [entry["status"] for entry in found] == ["done"] * 4 + ["failed"] * 2 + ["done"] * 4
    assert "damaged" in found[4]["error"]
    assert "too many pixels" in found[5]["error"]
    assert job_counts() == fetched_counts() == (0, 8, 2)


def run_deadly_worker(environment, redis):
    run = subprocess.run(
        [sys.executable, "-m", "tests.predictions.deadly_worker", *QUEUE_NAMES, "--burst"],
        cwd=PROJECT,
        env={**environment, "REDIS_URL": redis.redis_url},
        capture_output=True,
        timeout=60,
    )
    assert run.returncode in (0, 66), run.stderr.decode()
    return run.returncode


def test_a_picture_the_model_cannot_classify_fails_without_the_rest_of_its_batch(
    api, own_redis, environment
):
    odd = [picture(RAISING, "raising.png"), picture(CONFUSING, "confusing.png")]
    addresses = send_many(api, [*shades(4), *odd, *shades(4, red=9)])
    while "queued" in states(api, addresses):
        assert run_deadly_worker(environment, own_redis) == 0
    found = [api.get(address).json() for address in addresses]
    assert [entry["status"] for entry in found] == ["done"] * 4 + ["failed"] * 2 + ["done"] * 4
    assert "Staff can find the reason" in found[4]["error"]
    reasons = [
        job.latest_result().exc_string
        for job_id in get_queue("bulk").failed_job_registry.get_job_ids()
        for job in [get_queue("bulk").fetch_job(job_id)]
    ]
    assert sorted(reason.splitlines()[-1] for reason in reasons) == [
        "ArithmeticError: The model answers with something that is not a number.",
        "RuntimeError: no such colour",
    ]


def test_a_picture_that_kills_its_worker_fails_without_the_rest_of_its_batch(
    api, own_redis, environment, a_minute_passes, page_for, make_user
):
    deadly = picture(DEADLY, "deadly.png")
    addresses = send_many(api, [*shades(5), corrupt(), deadly, *shades(5, red=9)])
    a_minute_passes()
    deaths = 0
    while "running" in (now := states(api, addresses)) or "queued" in now:
        assert deaths < 6
        deaths += run_deadly_worker(environment, own_redis) == 66
    assert deaths == 4  # the first, with all in hand, is held against nobody
    attempts = [inference.attempts for inference in Inference.objects.order_by("pk")]
    assert attempts == [1] * 6 + [3] + [1] * 5
    found = [api.get(address).json() for address in addresses]
    assert [entry["status"] for entry in found] == ["done"] * 5 + ["failed"] * 2 + ["done"] * 5
    assert "crashed three workers" in found[6]["error"]
    assert job_counts() == fetched_counts() == (0, 10, 2)
    assert counts_of_rq_info(own_redis.redis_url) == (0, 10, 2)
    desk = page_for(make_user("boss@example.com", is_staff=True, is_superuser=True))
    assert counts_of_the_admin(desk) == (0, 10, 2)


def test_no_picture_is_decoded_before_its_job_is_registered_as_started(user, ask):
    """One that kills the process could kill the next, and so on, and never count as tried."""
    inference = ask(user, answered=False).inference
    file = inference.image.file.name
    arguments = Arguments(inference.pk, file, inference.model_version_id)
    task = batch.Task(job=None, queue=None, execution=None, arguments=arguments)
    answering(inference.model_version_id).load()
    registered = Event()
    with ThreadPoolExecutor() as pool:
        pixels = pool.submit(batch.read_and_decode, file, [task], registered, Event())
        with pytest.raises(TimeoutError):
            pixels.result(timeout=1)
        registered.set()
        [array] = pixels.result(timeout=10).by_recipe.values()
        assert array.shape == (224, 224, 3)


@pytest.mark.parametrize("arguments", [[], ["a", "b"], [1, "x", 2], [float("inf"), "x", 2]])
def test_a_foreign_job_fails_and_the_others_are_answered(api, own_redis, run_worker, arguments):
    get_queue("bulk").enqueue("nobody.knows", *arguments, job_id="nightly")
    addresses = send_many(api, shades(3))
    run_worker()
    assert states(api, addresses) == ["done"] * 3
    assert job_counts() == (0, 3, 1)


def test_a_picture_somebody_waits_for_goes_before_bulk_work(api, own_redis, run_worker):
    bulk = send_many(api, shades(12))
    alone = predict(api, prefer="respond-async")["Location"]
    run_worker(CLASSIFIER_BATCH_SIZE="4")
    finished = {address: api.get(address).json()["finished_at"] for address in [alone, *bulk]}
    # One batch of bulk work may have been begun by then, not more.
    before = [address for address in bulk if finished[address] < finished[alone]]
    assert len(before) <= 4


@pytest.mark.parametrize(
    ("mark", "value"), [("started_at", datetime(2026, 1, 1, tzinfo=UTC)), ("retries_left", 1)]
)
def test_bulk_work_does_not_overtake_a_job_that_was_tried_before(
    api, own_redis, model, mark, value
):
    """Whoever waits behind it would wait until nothing of that is left."""
    send_many(api, shades(20))
    predict(api, prefer="respond-async")
    predict(api, picture("red"), "respond-async")
    queue = get_queue("predictions")
    waiting = queue.get_job_ids()
    tried = Job.fetch(waiting[0], queue.connection, queue.serializer)
    setattr(tried, mark, value)
    tried.save()
    worker = get_worker(*QUEUE_NAMES)
    assert worker.take(worker.queues) == []
    assert queue.get_job_ids() == waiting


def test_a_job_whose_start_cannot_be_saved_fails_without_an_answer(
    api, own_redis, model, monkeypatch
):
    """Its job has failed: an answer beside that would make one of the two untrue."""

    def lost(inference_ids):
        raise OperationalError("terminating connection")

    predict(api, prefer="respond-async")
    queue = get_queue("predictions")
    job = queue.fetch_job(queue.pop_job_id())
    job.retries_left = 0
    monkeypatch.setattr(jobs, "mark_running", lost)
    worker = get_worker(*QUEUE_NAMES)
    worker.register_birth()
    worker.execute_job(job, queue)
    worker.register_death()
    assert queue.failed_job_registry.get_job_ids() == [job.id]
    assert Inference.objects.get().status == "queued"
