"""The metrics of workers."""

import socket
import subprocess
import time
from datetime import timedelta

import requests
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from predictions.models import Inference
from predictions.queueing.queue import QUEUE_NAMES, get_queue
from tests.conftest import PROJECT
from tests.pictures import picture, shades
from tests.ports import free_port
from tests.predictions.client import send_many
from tests.prometheus import Figures
from tests.workers import RQWORKER


def test_metrics_count_a_batch_once_and_each_of_its_pictures(api, own_redis, run_worker, tmp_path):
    send_many(api, shades(20))
    run_worker(PROMETHEUS_MULTIPROC_DIR=str(tmp_path))

    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(tmp_path))
    found = Figures(generate_latest(registry).decode())
    assert (found.of("ml_batch_size_count"), found.of("ml_batch_size_sum")) == (2, 20)
    assert found.of("ml_batch_size_bucket", le="4.0") == 1
    for stage in ("queue", "decode", "inference", "save"):
        assert found.of("ml_prediction_duration_seconds_count", stage=stage) == 20
        assert found.of("ml_prediction_duration_seconds_sum", stage=stage) > 0
    for stage in ("validate", "store"):  # the web process does those
        assert found.of("ml_prediction_duration_seconds_count", stage=stage) == 0


def test_a_worker_serves_its_metrics_on_a_port_of_its_own(environment, own_redis):
    port = str(free_port())
    process = subprocess.Popen(
        [*RQWORKER, *QUEUE_NAMES],
        cwd=PROJECT,
        env={**environment, "REDIS_URL": own_redis.redis_url, "METRICS_PORT": port},
    )
    try:
        deadline = time.monotonic() + 60
        while True:
            assert process.poll() is None and time.monotonic() < deadline
            try:
                response = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=10)
                break
            except requests.ConnectionError:
                time.sleep(0.1)
        probe = requests.get(f"http://127.0.0.1:{port}/health/live", timeout=10)
    finally:
        process.terminate()
        process.wait(30)
    assert (probe.status_code, probe.text) == (200, "alive")
    found = Figures(response.text)
    assert "ml_batch_size_count" in found.names()
    assert found.of("ml_champion_loaded", classifier="imagenet") == 1


def test_a_metrics_port_that_is_taken_is_reported_in_one_sentence(start_worker):
    with socket.create_server(("0.0.0.0", 0)) as taken:
        process = start_worker(METRICS_PORT=str(taken.getsockname()[1]))
        log, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert log.decode().strip().endswith("METRICS_PORT cannot be used: Address already in use")
    assert "Traceback" not in log.decode()


def test_the_time_in_the_queue_is_not_negative_when_a_clock_is_ahead(api, own_redis, run_worker):
    (address,) = send_many(api, [picture("red")])
    job = get_queue("predictions").jobs[0]
    job.enqueued_at += timedelta(hours=1)
    job.save()
    run_worker()
    assert api.get(address).json()["status"] == "done"
    assert Inference.objects.get().timings["queue"] == 0
