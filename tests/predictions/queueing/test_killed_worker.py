"""A worker that is killed in the middle of a picture costs only time."""

import os
import time

import pytest
from rq.job import Job

from predictions.models import Inference
from predictions.queueing.liveness import IN_HAND
from predictions.queueing.queue import get_queue
from predictions.queueing.recovery import requeue_lost
from tests.predictions.client import predict


@pytest.fixture
def kill_in_the_middle(api, own_redis, start_worker, a_minute_passes):
    """Kills (SIGKILL) a new worker while it reads coffee.png, as often as it is called.

    A named pipe in the file's place holds each worker there; the file is back afterwards. Returns
    the prediction's address.
    """
    address = predict(api, prefer="respond-async")["Location"]
    a_minute_passes()
    file = Inference.objects.get().image.file.path

    def kill():
        before = Inference.objects.get().attempts
        os.rename(file, file + ".kept")
        os.mkfifo(file)
        worker = start_worker()
        while Inference.objects.get().attempts == before:
            assert worker.poll() is None, worker.stdout.read()
            time.sleep(0.05)
        worker.kill()
        worker.wait()
        os.rename(file + ".kept", file)
        return address

    return kill


def test_the_next_worker_answers_the_picture(api, kill_in_the_middle, run_worker):
    address = kill_in_the_middle()
    assert api.get(address).json()["status"] == "running"
    assert "died with 1 jobs in hand" in run_worker()
    found = api.get(address).json()
    assert found["status"] == "done"
    assert found["prediction"] == "espresso"
    assert Inference.objects.get().attempts == 2


def test_a_picture_is_answered_although_redis_forgot_who_had_it(
    api, kill_in_the_middle, run_worker
):
    """Its execution expires before the id of it, and nobody has released its job by then."""
    address = kill_in_the_middle()
    queue = get_queue("predictions")
    (job_id,) = queue.started_job_registry.get_job_ids(cleanup=False)
    executions = Job.fetch(job_id, queue.connection, queue.serializer).execution_registry
    (execution,) = executions.get_executions()
    queue.connection.delete(execution.key, queue.started_job_registry.key)
    queue.connection.zincrby(executions.key, -IN_HAND, execution.id)
    assert requeue_lost() == 1
    run_worker()
    assert api.get(address).json()["prediction"] == "espresso"


def test_a_picture_that_kills_three_workers_is_given_up(api, kill_in_the_middle, run_worker):
    kill_in_the_middle()
    kill_in_the_middle()
    address = kill_in_the_middle()
    run_worker()
    found = api.get(address).json()
    assert found["status"] == "failed"
    assert "crashed three workers" in found["error"]
    job_id = str(Inference.objects.get().job_id)
    queue = get_queue("predictions")
    assert Job.fetch(job_id, queue.connection, queue.serializer).is_failed
    assert (queue.count, queue.started_job_registry.count) == (0, 0)
    assert queue.failed_job_registry.get_job_ids() == [job_id]


def test_a_picture_that_was_given_up_is_tried_again_when_it_is_sent_again(
    api, kill_in_the_middle, run_worker
):
    for _ in range(3):
        old = kill_in_the_middle()
    run_worker()
    address = predict(api, prefer="respond-async")["Location"]
    assert api.get(address).json()["error"] is None
    assert get_queue("predictions").get_job_ids() == [str(Inference.objects.get().job_id)]
    run_worker()
    assert api.get(address).json()["prediction"] == "espresso"
    assert api.get(old).json()["prediction"] == "espresso"
