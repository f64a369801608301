"""Many pictures in one run of the model: each failure is one job's own."""

import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django_rq import get_worker
from rq import Worker
from rq.job import Job
from rq.suspension import resume, suspend

from predictions import batch, jobs
from predictions.models import Inference
from predictions.queue import MAX_ATTEMPTS, QUEUE_NAMES, get_queue, queues
from tests.conftest import PROJECT
from tests.pictures import IMAGES, photograph, picture
from tests.predictions.client import predict, when_finished
from tests.predictions.deadly_worker import CONFUSING, DEADLY, RAISING


def send(api, files):
    """The addresses of pictures sent in one bulk request."""
    response = api.post("/model/predictions", {"file": files}, format="multipart")
    assert response.status_code == 202
    return [entry["url"] for entry in response.json()]


def shades(count, red=0):
    return [picture((red, shade, 99), f"{shade}.png") for shade in range(count)]


def corrupt():
    return SimpleUploadedFile("corrupt.jpg", (IMAGES / "rocket.jpg").read_bytes()[:20_000])


def states(addresses, api):
    return [api.get(address).json()["status"] for address in addresses]


def done():
    return Inference.objects.filter(status="done").count()


def job_counts():
    """Started, finished and failed jobs of all queues, as RQ counts them."""
    counts = [
        (q.started_job_registry.count, q.finished_job_registry.count, q.failed_job_registry.count)
        for q in queues()
    ]
    return tuple(map(sum, zip(*counts, strict=True)))


def fetched_counts():
    """The same, asking each job itself."""
    queue = get_queue("bulk")
    jobs = Job.fetch_many(
        [str(job_id) for job_id in Inference.objects.values_list("job_id", flat=True)],
        queue.connection,
        queue.serializer,
    )
    return (
        sum(job.is_started for job in jobs),
        sum(job.is_finished for job in jobs),
        sum(job.is_failed for job in jobs),
    )


def counts_of_rq_info(redis_url):
    """The same, as `rq info` prints them."""
    command = [sys.executable, "-m", "rq.cli", "info", "--url", redis_url, "--only-queues"]
    printed = subprocess.run(command, capture_output=True, check=True, timeout=30).stdout.decode()
    found = re.findall(r"(\d+) executing, (\d+) finished, (\d+) failed", printed)
    assert found, printed
    return tuple(sum(map(int, counts)) for counts in zip(*found, strict=True))


def counts_of_the_admin(page):
    """The same, as the admin's queue page shows them."""
    html = page.get("/admin/django_rq/dashboard/").content.decode()
    found = [
        re.findall(rf'queues/\d+/{state}/">\s*(\d+)', html)
        for state in ("started", "finished", "failed")
    ]
    assert [len(counts) for counts in found] == [len(QUEUE_NAMES)] * 3
    return tuple(sum(map(int, counts)) for counts in found)


def test_what_waits_is_answered_in_one_run(api, own_redis, work_off):
    addresses = send(api, shades(16))
    log = work_off()
    assert states(addresses, api) == ["done"] * 16
    assert "inference" not in log  # nor a line for each picture
    assert {i.timings["batch_size"] for i in Inference.objects.all()} == {16}
    assert job_counts() == fetched_counts() == (0, 16, 0)


def test_a_batch_has_a_size(api, own_redis, work_off):
    send(api, shades(10))
    work_off(CLASSIFIER_BATCH_SIZE="4")
    sizes = [i.timings["batch_size"] for i in Inference.objects.order_by("pk")]
    assert sizes == [4] * 8 + [2] * 2


def test_an_answer_does_not_depend_on_its_batch(api, own_redis, work_off):
    names = ["coffee.png", "chelsea.png", "rocket.jpg"]
    send(api, [*(photograph(name) for name in names), *shades(9)])
    work_off()
    found = Inference.objects.order_by("pk")[:3]
    assert [i.label for i in found] == ["espresso", "tiger_cat", "missile"]
    assert [round(i.score, 4) for i in found] == [0.9511, 0.3845, 0.2855]


def test_a_corrupt_and_a_huge_one_fail_alone(api, own_redis, work_off, settings):
    huge = picture("red", "huge.png", (2000, 1000))
    addresses = send(api, [*shades(4), corrupt(), huge, *shades(4, red=9)])
    work_off(MAX_PIXELS="1000000")  # lowered since they were accepted
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


def test_what_the_model_fails_over_fails_alone(api, own_redis, environment):
    odd = [picture(RAISING, "raising.png"), picture(CONFUSING, "confusing.png")]
    addresses = send(api, [*shades(4), *odd, *shades(4, red=9)])
    while "queued" in states(addresses, api):
        assert run_deadly_worker(environment, own_redis) == 0
    found = [api.get(address).json() for address in addresses]
    assert [entry["status"] for entry in found] == ["done"] * 4 + ["failed"] * 2 + ["done"] * 4
    assert "Staff find the reason" in found[4]["error"]
    reasons = [
        job.latest_result().exc_string
        for job_id in get_queue("bulk").failed_job_registry.get_job_ids()
        for job in [get_queue("bulk").fetch_job(job_id)]
    ]
    assert sorted(reason.splitlines()[-1] for reason in reasons) == [
        "ArithmeticError: The model answers with something that is not a number.",
        "RuntimeError: no such colour",
    ]


def test_what_a_dead_worker_has_answered_is_not_done_again(api, own_redis, environment, work_off):
    addresses = send(api, shades(5))
    dying = ["--worker-class", "tests.predictions.dying_worker.DyingWorker"]
    run = subprocess.run(
        [sys.executable, "manage.py", "rqworker", *QUEUE_NAMES, "--burst", *dying],
        cwd=PROJECT,
        env={**environment, "REDIS_URL": own_redis.redis_url},
        capture_output=True,
        timeout=60,
    )
    assert run.returncode == 66, run.stderr.decode()
    assert states(addresses, api) == ["done"] * 5
    assert job_counts() == (5, 0, 0)
    work_off()
    assert job_counts() == fetched_counts() == (0, 5, 0)
    queue = get_queue("bulk")
    jobs = [queue.fetch_job(job_id) for job_id in queue.finished_job_registry.get_job_ids()]
    assert {job.retries_left for job in jobs} == {MAX_ATTEMPTS - 1}


def test_one_that_kills_its_worker_takes_no_neighbour_with_it(
    api, own_redis, environment, a_minute_passes, page_for, make_user
):
    deadly = picture(DEADLY, "deadly.png")
    addresses = send(api, [*shades(5), corrupt(), deadly, *shades(5, red=9)])
    a_minute_passes()
    deaths = 0
    while "running" in (now := states(addresses, api)) or "queued" in now:
        assert deaths < 6
        deaths += run_deadly_worker(environment, own_redis) == 66
    assert deaths == 3
    found = [api.get(address).json() for address in addresses]
    assert [entry["status"] for entry in found] == ["done"] * 5 + ["failed"] * 2 + ["done"] * 5
    assert "died over it" in found[6]["error"]
    assert job_counts() == fetched_counts() == (0, 10, 2)
    assert counts_of_rq_info(own_redis.redis_url) == (0, 10, 2)
    desk = page_for(make_user("boss@example.com", is_staff=True, is_superuser=True))
    assert counts_of_the_admin(desk) == (0, 10, 2)


def test_people_who_wait_go_before_bulk_work(api, own_redis, work_off):
    bulk = send(api, shades(12))
    alone = predict(api, prefer="respond-async")["Location"]
    work_off(CLASSIFIER_BATCH_SIZE="4")
    finished = {address: api.get(address).json()["finished_at"] for address in [alone, *bulk]}
    # One batch of bulk work may have been begun by then, not more.
    before = [address for address in bulk if finished[address] < finished[alone]]
    assert len(before) <= 4


def test_a_stopping_worker_finishes_what_it_has_begun(api, own_redis, start_worker):
    addresses = send(api, shades(200))
    worker = start_worker(CLASSIFIER_BATCH_SIZE="2")
    while not done():
        assert worker.poll() is None
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=30) == 0
    counted = states(addresses, api)
    assert "running" not in counted
    assert counted.count("queued") == get_queue("bulk").count > 0
    assert Worker.all(connection=get_queue("bulk").connection) == []


def test_a_suspended_worker_takes_nothing(api, own_redis, start_worker, work_off):
    connection = get_queue("bulk").connection
    suspend(connection)
    addresses = send(api, shades(3))
    assert start_worker().wait(timeout=30) == 0  # a burst worker leaves when it is suspended
    assert states(addresses, api) == ["queued"] * 3
    resume(connection)
    work_off()
    assert states(addresses, api) == ["done"] * 3


def test_killed_again_and_again_it_answers_everything_once(
    api, own_redis, environment, a_minute_passes
):
    """As `up` would: a killed worker is started again, until nothing waits."""
    addresses = send(api, [*shades(150), *shades(150, red=9)])
    a_minute_passes()
    command = [sys.executable, "manage.py", "rqworker", *QUEUE_NAMES, "--burst"]
    kills = 0
    while True:
        process = subprocess.Popen(
            command,
            cwd=PROJECT,
            env={**environment, "REDIS_URL": own_redis.redis_url, "CLASSIFIER_BATCH_SIZE": "4"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        before = done()
        while process.poll() is None and kills < 3:
            if done() > before:
                os.kill(process.pid, signal.SIGKILL)
                kills += 1
                break
        process.wait(timeout=60)
        if process.returncode == 0:
            break
    assert kills == 3
    assert states(addresses, api) == ["done"] * 300
    assert Inference.objects.count() == 300
    assert job_counts() == fetched_counts() == (0, 300, 0)
    assert all(queue.count == 0 for queue in queues())


@pytest.mark.parametrize("names", [["predictions"], ["bulk"]])
def test_a_worker_may_serve_one_queue_only(api, own_redis, environment, names):
    bulk, alone = send(api, shades(3)), predict(api, prefer="respond-async")["Location"]
    subprocess.run(
        [sys.executable, "manage.py", "rqworker", *names, "--burst"],
        cwd=PROJECT,
        env={**environment, "REDIS_URL": own_redis.redis_url},
        capture_output=True,
        check=True,
        timeout=60,
    )
    expected = ["done"] * 3 if names == ["bulk"] else ["queued"] * 3
    assert states(bulk, api) == expected
    assert api.get(alone).json()["status"] == ("queued" if names == ["bulk"] else "done")


def test_the_server_says_where_the_time_went(api, worker):
    response = predict(api)
    spent = {
        stage: float(milliseconds)
        for stage, _, milliseconds in (
            part.partition(";dur=") for part in response["Server-Timing"].split(", ")
        )
    }
    stages = ["validate", "store", "queue", "decode", "inference", "save"]
    assert list(spent) == [*stages, "total"]
    assert sum(spent[stage] for stage in stages) < spent["total"]
    assert when_finished(api, f"/model/predictions/{response.json()['id']}")["status"] == "done"
    again = predict(api)["Server-Timing"].split(", ")
    assert [part.partition(";")[0] for part in again] == ["validate", "store", "total"]


def test_a_job_that_was_tried_is_not_passed_over_for_bulk_work(api, own_redis, model):
    """Whoever waits behind it would wait until nothing of that is left."""
    send(api, shades(20))
    predict(api, prefer="respond-async")
    predict(api, picture("red"), "respond-async")
    queue = get_queue("predictions")
    waiting = queue.get_job_ids()
    tried = Job.fetch(waiting[0], queue.connection, queue.serializer)
    tried.retries_left = 1
    tried.save()
    worker = get_worker(*QUEUE_NAMES)
    assert worker.take(worker.queues) == []
    assert queue.get_job_ids() == waiting


@pytest.fixture
def taken(api, own_redis, model):
    """A worker of this process with one job in hand."""
    predict(api, prefer="respond-async")
    worker = get_worker(*QUEUE_NAMES)
    worker.register_birth()
    worker.begin(worker.take(worker.queues))
    yield worker
    worker.register_death()


def test_what_a_worker_has_in_hand_stays_its_own_however_long_it_takes(taken):
    registry = get_queue("predictions").started_job_registry
    key = registry.connection.zrange(registry.key, 0, -1)[0]
    registry.connection.zadd(registry.key, {key: time.time() + 1})
    taken.keep_alive()
    assert registry.connection.zscore(registry.key, key) > time.time() + 30


def test_a_worker_that_was_taken_for_dead_comes_back(taken):
    Worker.all(queue=get_queue("predictions"))[0].register_death()
    taken.run_maintenance_tasks()
    assert [w.name for w in Worker.all(queue=get_queue("predictions"))] == [taken.name]
    assert not taken.connection.hexists(taken.key, "death")


def test_a_worker_does_not_bury_itself(taken):
    long_ago = (datetime.now(UTC) - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    taken.connection.hset(taken.key, "last_heartbeat", long_ago)
    taken.run_maintenance_tasks()
    assert [w.name for w in Worker.all(queue=get_queue("predictions"))] == [taken.name]


def test_no_picture_is_decoded_before_rq_knows_who_has_it(user, ask):
    """One that kills the process could kill the next, and so on, and never count as tried."""
    inference = ask(user, answered=False).inference
    question = jobs.Question(inference.pk, inference.image.file.name, inference.model_version_id)
    jobs.engine_of(question.model_version_id)
    registered = Event()
    with ThreadPoolExecutor() as pool:
        pixels = pool.submit(batch.read_and_decode, question, registered)
        with pytest.raises(TimeoutError):
            pixels.result(timeout=1)
        registered.set()
        assert pixels.result(timeout=10).array.shape == (224, 224, 3)


@pytest.mark.parametrize("arguments", [[], ["a", "b"], [1, "x", 2], [float("inf"), "x", 2]])
def test_a_job_of_somebody_else_stops_nobody(api, own_redis, work_off, arguments):
    get_queue("bulk").enqueue("nobody.knows", *arguments, job_id="nightly")
    addresses = send(api, shades(3))
    work_off()
    assert states(addresses, api) == ["done"] * 3
    assert job_counts() == (0, 3, 1)
