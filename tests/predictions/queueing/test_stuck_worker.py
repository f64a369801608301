"""A worker that hangs ends itself, and only the picture that made it hang fails."""

import signal
import time

import pytest
import requests
from rq import Worker

from predictions.models import Inference
from predictions.queueing.queue import QUEUE_NAMES, get_queue
from tests.pictures import picture, shades
from tests.ports import free_port
from tests.predictions.client import predict, send_many, states
from tests.predictions.hanging_worker import HANGING
from tests.predictions.rq_counts import fetched_counts, job_counts
from tests.workers import running

HANGING_WORKER = ("--worker-class", "tests.predictions.hanging_worker.HangingWorker")


def test_a_picture_whose_decoder_hangs_costs_the_others_no_attempt(
    api, api_for, make_user, own_redis, start_worker
):
    addresses = send_many(api, [*shades(4), picture(HANGING, "hanging.png"), *shades(4, red=9)])
    other = api_for(make_user("other@example.com"))
    others = predict(other, picture("red"), "respond-async")["Location"]

    codes = []
    for _ in range(3):
        worker = start_worker(*HANGING_WORKER, CLASSIFIER_THREADS="2")
        log, _ = worker.communicate(timeout=90)
        codes.append(worker.returncode)

    # The first ends over the batch, the second over the picture alone, the third finds nothing.
    assert codes == [1, 1, 0], log.decode()
    assert other.get(others).json()["status"] == "done"
    assert states(api, addresses) == ["done"] * 4 + ["failed"] + ["done"] * 4
    failed = api.get(addresses[4]).json()
    assert failed["error"].startswith("The picture takes too long to decode.")
    assert Inference.objects.get(status="failed").unreadable
    assert {inference.attempts for inference in Inference.objects.filter(status="done")} == {1}
    assert job_counts() == fetched_counts() == (0, 9, 1)
    # Sent again it is refused at once, and no worker has to find out.
    answer = predict(api, picture(HANGING, "hanging.png"))
    assert (answer.status_code, answer.json()["detail"]) == (400, failed["error"])
    assert get_queue("predictions").count == get_queue("bulk").count == 0


def test_a_worker_whose_engine_hangs_tells_its_probe_and_ends_at_sigterm(
    api, own_redis, start_worker, run_worker
):
    address = predict(api, picture("red"), "respond-async")["Location"]
    port = free_port()
    worker = start_worker(*HANGING_WORKER, ENGINE_HANGS="1", METRICS_PORT=str(port))
    while Inference.objects.get().status != "running":
        assert worker.poll() is None
        time.sleep(0.05)
    probe = f"http://127.0.0.1:{port}/health/live"
    while (answer := requests.get(probe, timeout=10)).status_code == 200:
        assert worker.poll() is None
        time.sleep(0.05)
    assert (answer.status_code, answer.text) == (503, "hanging")
    worker.send_signal(signal.SIGTERM)
    log, _ = worker.communicate(timeout=30)
    assert worker.returncode == 1
    assert "did not stop in time" in log.decode()
    assert "died with 1 jobs in hand" in run_worker()
    assert api.get(address).json()["status"] == "done"


@pytest.mark.parametrize("away", [signal.SIGKILL, signal.SIGSTOP])
def test_a_worker_with_nothing_in_hand_does_not_wait_for_redis_at_sigterm(
    own_redis, environment, tmp_path, away
):
    log, variables = tmp_path / "log", {"REDIS_URL": own_redis.redis_url, "STOP_SECONDS": "1000"}
    [redis] = own_redis._processes.values()
    with running(environment | variables, log, *QUEUE_NAMES, *HANGING_WORKER) as worker:
        connection = get_queue("bulk").connection
        while [each.get_state() for each in Worker.all(connection=connection)] != ["idle"]:
            assert worker.poll() is None, log.read_text()
            time.sleep(0.05)
        redis.send_signal(away)
        worker.send_signal(signal.SIGTERM)
        try:
            assert worker.wait(timeout=60) == 1
        finally:
            redis.send_signal(signal.SIGCONT)
    assert "is ended. In hand: 0" in log.read_text()
