"""Trainings whose workers are killed, and what is lost with Redis."""

import os
import signal
import time
from datetime import timedelta

import psutil
from django.db import connection
from django.utils import timezone

from learning import jobs, recovery, trainings
from learning.models import Example, Training
from learning.queue import get_queue
from tests.learning.teaching import teach


def wait_until(is_so, seconds=60):
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def status_of(training):
    return Training.objects.values_list("status", flat=True).get(pk=training.pk)


def test_a_training_whose_process_is_killed_begins_again(user, training_worker):
    training = trainings.start(user, teach(user, cardboard=12, glass=12))
    wait_until(lambda: status_of(training) == "running")
    [process] = psutil.Process(training_worker.pid).children()
    os.kill(process.pid, signal.SIGKILL)
    wait_until(lambda: status_of(training) == "done")
    training.refresh_from_db()
    assert training.attempts == 2
    assert training.outcomes.count() == 24


def test_a_killed_worker_takes_its_process_along_and_the_next_one_goes_on(
    user, work, training_worker
):
    training = trainings.start(user, teach(user, cardboard=12, glass=12))
    wait_until(lambda: status_of(training) == "running")
    [process] = psutil.Process(training_worker.pid).children()
    training_worker.kill()
    training_worker.wait()
    process.wait(timeout=10)
    assert status_of(training) == "running"
    recovery.take_from_the_dead()
    assert status_of(training) == "queued"
    work()
    assert status_of(training) == "done"


def test_a_worker_that_is_told_to_stop_leaves_its_training_to_the_next(user, work, training_worker):
    training = trainings.start(user, teach(user, cardboard=12, glass=12))
    wait_until(lambda: status_of(training) == "running")
    training_worker.terminate()
    training_worker.wait(timeout=15)
    training.refresh_from_db()
    assert (training.status, training.attempts) == ("queued", 0)
    work()
    assert status_of(training) == "done"


def test_a_training_that_loses_the_database_says_so_in_a_line_and_begins_again(
    user, work, monkeypatch, log_lines
):
    def losing(training, report):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    training = trainings.start(user, teach(user, cardboard=3, glass=3))
    monkeypatch.setattr(jobs, "learn_from_examples", losing)
    work()
    connection.close()
    assert status_of(training) == "running"
    [line] = [line for line in log_lines() if line["level"] == "error"]
    assert line["event"].startswith(f"training {training.pk} failed: ")
    assert "exception" not in line
    monkeypatch.undo()
    Training.objects.update(reported_at=timezone.now() - timedelta(minutes=5))
    recovery.recover()
    work()
    assert status_of(training) == "done"


def test_a_training_that_ends_three_workers_fails(user, model):
    training = trainings.start(user, teach(user, cardboard=2, glass=2))
    Training.objects.update(status="running", attempts=recovery.MAX_ATTEMPTS)
    recovery.lost(str(training.job_id), by_itself=True)
    training.refresh_from_db()
    assert training.status == "failed"
    assert training.error == recovery.DEADLY


def test_what_redis_forgot_is_enqueued_again(user, work):
    training = trainings.start(user, teach(user, cardboard=3, glass=3))
    get_queue().connection.flushdb()
    earlier = timezone.now() - timedelta(minutes=5)
    Training.objects.update(created_at=earlier)
    Example.objects.update(created_at=earlier)
    recovery.recover()
    work()
    assert status_of(training) == "done"
    assert not Example.objects.filter(looked_at=None).exists()


def test_what_waits_is_left_alone(user, transactional_db, model):
    training = trainings.start(user, teach(user, cardboard=2, glass=2))
    Training.objects.update(created_at=timezone.now() - timedelta(minutes=5))
    recovery.recover()
    job_id = training.job_id
    training.refresh_from_db()
    assert training.job_id == job_id


def test_jobs_that_are_not_the_worker_s_own_are_not_run(training_worker):
    names = ("os.system", "learning.jobs.perform")
    for job in [get_queue().enqueue(name, "true") for name in names]:
        wait_until(lambda job=job: job.get_status(refresh=True) == "failed")
        assert "does not belong to this service" in job.latest_result().exc_string
