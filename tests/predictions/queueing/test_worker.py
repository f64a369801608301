"""What happens to a worker and its jobs when it is stopped, suspended, killed or declared dead."""

import os
import shutil
import signal
import subprocess
import time
from datetime import UTC, datetime, timedelta

import pytest
import rq.utils
import rq.worker.base
from django.conf import settings
from django_rq import get_worker
from rq import Worker
from rq.executions import Execution
from rq.suspension import resume, suspend
from rq.utils import utcformat

from predictions.models import Inference
from predictions.queueing.liveness import KNOWN_FOR, SILENT_AFTER
from predictions.queueing.queue import MAX_ATTEMPTS, QUEUE_NAMES, get_queue, queues
from predictions.queueing.worker import MAINTENANCE_INTERVAL
from tests.conftest import PROJECT
from tests.pictures import shades
from tests.predictions.client import predict, send_many, states
from tests.predictions.rq_counts import fetched_counts, job_counts
from tests.predictions.versions import promote, version_like
from tests.workers import RQWORKER


def done():
    return Inference.objects.filter(status="done").count()


def test_a_stopping_worker_finishes_the_pictures_it_has_begun(api, own_redis, start_worker):
    addresses = send_many(api, shades(200))
    worker = start_worker(CLASSIFIER_BATCH_SIZE="2")
    while not done():
        assert worker.poll() is None
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(timeout=30) == 0
    counted = states(api, addresses)
    assert "running" not in counted
    assert counted.count("queued") == get_queue("bulk").count > 0
    assert Worker.all(connection=get_queue("bulk").connection) == []


def test_a_job_that_was_just_handed_out_is_done_before_its_worker_stops(
    api, own_redis, start_worker
):
    addresses = send_many(api, shades(3))
    options = ("--worker-class", "tests.predictions.stopped_worker.StoppedWorker")
    worker = start_worker(*options, CLASSIFIER_BATCH_SIZE="1")
    assert worker.wait(timeout=60) == 0
    assert sorted(states(api, addresses)) == ["done", "queued", "queued"]
    assert get_queue("bulk").count == 2


def test_a_suspended_worker_takes_no_jobs(api, own_redis, start_worker, run_worker):
    connection = get_queue("bulk").connection
    suspend(connection)
    addresses = send_many(api, shades(3))
    assert start_worker().wait(timeout=30) == 0  # a burst worker leaves when it is suspended
    assert states(api, addresses) == ["queued"] * 3
    resume(connection)
    run_worker()
    assert states(api, addresses) == ["done"] * 3


@pytest.mark.parametrize("names", [["predictions"], ["bulk"]])
def test_a_worker_can_serve_a_single_queue(api, own_redis, environment, names):
    bulk, alone = send_many(api, shades(3)), predict(api, prefer="respond-async")["Location"]
    subprocess.run(
        [*RQWORKER, *names, "--burst"],
        cwd=PROJECT,
        env={**environment, "REDIS_URL": own_redis.redis_url},
        capture_output=True,
        check=True,
        timeout=60,
    )
    expected = ["done"] * 3 if names == ["bulk"] else ["queued"] * 3
    assert states(api, bulk) == expected
    assert api.get(alone).json()["status"] == ("queued" if names == ["bulk"] else "done")


def test_workers_that_are_killed_repeatedly_answer_every_picture_once(
    api, own_redis, environment, a_minute_passes
):
    """As `up` would: a killed worker is started again, until nothing waits."""
    addresses = send_many(api, [*shades(150), *shades(150, red=9)])
    a_minute_passes()
    command = [*RQWORKER, *QUEUE_NAMES, "--burst"]
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
    assert states(api, addresses) == ["done"] * 300
    assert Inference.objects.count() == 300
    assert job_counts() == fetched_counts() == (0, 300, 0)
    assert all(queue.count == 0 for queue in queues())


def test_a_picture_that_a_dead_worker_has_answered_is_not_classified_again(
    api, own_redis, environment, run_worker
):
    addresses = send_many(api, shades(5))
    dying = ["--worker-class", "tests.predictions.dying_worker.DyingWorker"]
    run = subprocess.run(
        [*RQWORKER, *QUEUE_NAMES, "--burst", *dying],
        cwd=PROJECT,
        env={**environment, "REDIS_URL": own_redis.redis_url},
        capture_output=True,
        timeout=60,
    )
    assert run.returncode == 66, run.stderr.decode()
    assert states(api, addresses) == ["done"] * 5
    assert job_counts() == (5, 0, 0)
    run_worker()
    assert job_counts() == fetched_counts() == (0, 5, 0)
    queue = get_queue("bulk")
    jobs = [queue.fetch_job(job_id) for job_id in queue.finished_job_registry.get_job_ids()]
    assert {job.retries_left for job in jobs} == {MAX_ATTEMPTS - 1}


def fall_silent(worker):
    """As if it had last reported just too long ago."""
    worker.connection.expire(worker.key, KNOWN_FOR - SILENT_AFTER - 1)


@pytest.fixture
def taken(api, own_redis, model):
    """A worker of this process with one job in hand."""
    predict(api, prefer="respond-async")
    worker = get_worker(*QUEUE_NAMES)
    worker.register_birth()
    worker.take_in_hand(worker.take(worker.queues))
    yield worker
    worker.register_death()


@pytest.fixture
def other(taken):
    worker = get_worker(*QUEUE_NAMES)
    worker.register_birth()
    yield worker
    worker.register_death()


def test_a_worker_keeps_the_jobs_it_has_taken_however_long_they_take(taken):
    registry = get_queue("predictions").started_job_registry
    key = registry.connection.zrange(registry.key, 0, -1)[0]
    registry.connection.zadd(registry.key, {key: time.time() + 1})
    taken.keep_alive()
    assert registry.connection.zscore(registry.key, key) > time.time() + 30


def test_a_worker_restores_what_redis_forgot_about_its_jobs(taken):
    (execution,) = taken.executions.values()
    taken.connection.delete(execution.key)
    taken.keep_alive()
    found = Execution.fetch(execution.id, execution.job_id, taken.connection)
    assert (found.created_at, found.worker_name) == (execution.created_at, taken.name)


def test_a_worker_wrongly_declared_dead_registers_again(taken):
    Worker.all(queue=get_queue("predictions"))[0].register_death()
    taken.run_maintenance_tasks()
    assert [w.name for w in Worker.all(queue=get_queue("predictions"))] == [taken.name]
    assert not taken.connection.hexists(taken.key, "death")


def test_a_worker_does_not_declare_itself_dead(taken):
    fall_silent(taken)
    taken.run_maintenance_tasks()
    assert [w.name for w in Worker.all(queue=get_queue("predictions"))] == [taken.name]


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_worker_whose_clock_differs_is_not_declared_dead(taken, other, hours):
    then = datetime.now(UTC) + timedelta(hours=hours)
    mapping = {"last_heartbeat": utcformat(then), "hostname": "elsewhere"}
    taken.connection.hset(taken.key, mapping=mapping)
    other.run_maintenance_tasks()
    assert {w.name for w in Worker.all(queue=get_queue("predictions"))} == {taken.name, other.name}
    assert job_counts() == (1, 0, 0)


def test_a_silent_worker_of_another_machine_is_declared_dead(taken, other):
    taken.connection.hset(taken.key, "hostname", "elsewhere")
    fall_silent(taken)
    other.run_maintenance_tasks()
    assert [w.name for w in Worker.all(queue=get_queue("predictions"))] == [other.name]
    assert get_queue("predictions").count == 1


def test_a_worker_that_ends_with_unfinished_jobs_stays_registered(taken):
    """Whoever does takes along the list of them, by which they would be found."""
    taken.register_death()
    (worker,) = Worker.all(queue=get_queue("predictions"))
    assert [e.id for e in worker.get_current_executions()] == list(taken.executions)


def test_a_worker_whose_clock_is_set_back_keeps_sending_heartbeats(taken, monkeypatch):
    an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
    taken.heartbeat()
    for module in (rq.worker.base, rq.utils):
        monkeypatch.setattr(module, "now", lambda: an_hour_ago)
    taken.connection.expire(taken.key, 20)
    time.sleep(1.1)
    taken.heartbeat()
    assert taken.connection.ttl(taken.key) > 20
    taken.run_maintenance_tasks()
    assert not taken.should_run_maintenance_tasks
    taken.maintained_at -= MAINTENANCE_INTERVAL
    assert taken.should_run_maintenance_tasks


def test_an_incomplete_job_does_not_stop_maintenance(api, own_redis, model):
    """Redis was emptied while a worker had just taken it, and then that worker died."""
    predict(api, prefer="respond-async")
    gone, queue = get_worker(*QUEUE_NAMES), get_queue("predictions")
    (job,) = queue.get_jobs()
    queue.connection.flushall()
    gone.register_birth()
    gone.take_in_hand([(job, queue)])
    fall_silent(gone)
    other = get_worker(*QUEUE_NAMES)
    other.register_birth()
    other.run_maintenance_tasks()
    assert [worker.name for worker in Worker.all(queue=queue)] == [other.name]


def test_maintenance_that_redis_refuses_is_done_later(taken, monkeypatch, caplog):
    """With a full disk Redis takes nothing any more."""
    taken.connection.config_set("maxmemory", "1")
    taken.run_maintenance_tasks()
    assert "Lost work is looked for later" in caplog.text
    assert not taken.should_run_maintenance_tasks


@pytest.fixture
def newer(model):
    """Another version, in the store of the tests' machine."""
    old = settings.MODEL_STORE / model.name / model.manifest["version"]
    new = old.with_name("newer")
    shutil.copytree(old, new)
    yield version_like(model, "newer-f32", manifest={**model.manifest, "version": "newer"})
    shutil.rmtree(new)


def test_a_worker_without_the_new_model_leaves_its_pictures_to_others(
    api, own_redis, newer, environment, tmp_path
):
    def start(**variables):
        return subprocess.Popen(
            [*RQWORKER, *QUEUE_NAMES],
            cwd=PROJECT,
            env={**environment, "REDIS_URL": own_redis.redis_url, **variables},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )

    shutil.copytree(settings.MODEL_STORE, tmp_path / "models")
    shutil.rmtree(tmp_path / "models" / newer.name / "newer")
    without = start(CLASSIFIER_DATA=str(tmp_path), MEDIA_ROOT=str(settings.MEDIA_ROOT))
    others = []
    try:
        while not Worker.count(queue=get_queue("predictions")):
            assert without.poll() is None
            time.sleep(0.1)
        promote(newer)
        addresses = send_many(api, shades(40))
        _, says = without.communicate(timeout=30)
        assert without.returncode == 1
        assert b"Run: python manage.py prepare_model" in says
        others.append(start())
        deadline = time.monotonic() + 60
        while done() < 40 and time.monotonic() < deadline:
            time.sleep(0.2)
        assert states(api, addresses) == ["done"] * 40
    finally:
        for process in (without, *others):
            process.kill()
            process.communicate()
