from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import requests
from rq import Queue, SimpleWorker
from rq.utils import utcformat

from classifier_site import __version__
from predictions.queueing.liveness import (
    KNOWN_FOR,
    PROGRESS,
    SILENT_AFTER,
    STALLED_AFTER,
    WORKER_TTL,
)
from predictions.queueing.queue import CLASSIFY
from tests.serving import DEAD_DATABASE, DEAD_REDIS

pytestmark = pytest.mark.django_db  # else there is no database to serve


@pytest.mark.parametrize("path", ["/health", "/health/"])
def test_it_is_healthy_with_a_worker(client, worker, model, path):
    response = client.get(path)

    assert response.status_code == 200
    assert response.json() == {
        "status": "healthy",
        "version": __version__,
        "database": "ok",
        "redis": "ok",
        "ml_workers": 1,
        "queue_length": 0,
        "oldest_waiting_seconds": 0,
        "detail": None,
        "model": {"name": model.name, "version": model.version},
    }
    assert response["Cache-Control"] == "no-store"


def test_it_is_unhealthy_without_a_worker(client, transactional_db, model, other_queue):
    response = client.get("/health")

    assert response.status_code == 503
    body = response.json()
    assert (body["status"], body["database"], body["redis"]) == ("unhealthy", "ok", "ok")
    assert body["ml_workers"] == 0


def test_a_worker_without_heartbeat_does_not_count(client, transactional_db, model, other_queue):
    silent = SimpleWorker([other_queue], worker_ttl=WORKER_TTL)
    silent.register_birth()
    assert client.get("/health").json()["ml_workers"] == 1
    silent.connection.expire(silent.key, KNOWN_FOR - SILENT_AFTER - 1)
    assert client.get("/health").json()["ml_workers"] == 0


def test_queue_length_counts_waiting_pictures(client, transactional_db, other_queue):
    other_queue.enqueue(CLASSIFY, 1)
    Queue("bulk", connection=other_queue.connection).enqueue(CLASSIFY, 2)

    assert client.get("/health").json()["queue_length"] == 2


def wait(queue, seconds):
    """A job that has waited so long already."""
    job = queue.enqueue(CLASSIFY, 1)
    since = datetime.now(UTC) - timedelta(seconds=seconds)
    queue.connection.hset(job.key, "enqueued_at", utcformat(since))


def test_it_is_unhealthy_if_pictures_wait_and_none_is_finished(
    client, transactional_db, model, other_queue
):
    SimpleWorker([other_queue], worker_ttl=WORKER_TTL).register_birth()
    wait(other_queue, STALLED_AFTER - 5)
    assert client.get("/health").status_code == 200
    other_queue.empty()

    wait(other_queue, STALLED_AFTER + 5)
    response = client.get("/health")
    assert (response.status_code, response.json()["ml_workers"]) == (503, 1)
    assert response.json()["oldest_waiting_seconds"] == STALLED_AFTER + 5
    assert "no worker makes progress" in response.json()["detail"]

    other_queue.connection.set(PROGRESS, 1)
    assert client.get("/health").status_code == 200


def test_a_long_queue_that_moves_is_healthy(client, transactional_db, model, other_queue):
    """Somebody with many pictures could otherwise have the site taken out of service."""
    SimpleWorker([other_queue], worker_ttl=WORKER_TTL).register_birth()
    other_queue.connection.set(PROGRESS, 1)
    wait(Queue("bulk", connection=other_queue.connection), 3600)
    response = client.get("/health")
    assert (response.status_code, response.json()["oldest_waiting_seconds"]) == (200, 3600)


def test_it_needs_no_token_and_ignores_a_stale_one(client, worker):
    assert client.get("/health", headers={"Authorization": "Bearer stale"}).status_code == 200


def test_without_a_database_it_is_unhealthy_and_still_alive(serve):
    site = serve(DATABASE_URL=DEAD_DATABASE)

    response = requests.get(f"{site}/health", timeout=10)

    assert response.status_code == 503
    body = response.json()
    assert (body["status"], body["database"], body["redis"]) == ("unhealthy", "unreachable", "ok")
    assert requests.get(f"{site}/health/live", timeout=10).json() == {"status": "alive"}


def test_an_unhealthy_answer_is_not_logged(serve, tmp_path):
    site = serve(log=tmp_path / "log", REDIS_URL=DEAD_REDIS)
    assert requests.get(f"{site}/health", timeout=10).status_code == 503
    log = (tmp_path / "log").read_text()
    assert "No answer from a server: ConnectionError" in log
    assert "Service Unavailable" not in log


def test_a_head_request_is_not_logged(serve, tmp_path):
    site = serve(log=tmp_path / "log")
    assert requests.head(f"{site}/health/live", timeout=10).status_code == 200
    assert "no-body" not in (tmp_path / "log").read_text()


def test_without_redis_it_is_unhealthy(client, transactional_db, model, settings):
    settings.REDIS_URL = DEAD_REDIS

    response = client.get("/health")

    assert response.status_code == 503
    body = response.json()
    assert (body["status"], body["database"], body["redis"]) == ("unhealthy", "ok", "unreachable")
    assert body["ml_workers"] == 0
    assert body["queue_length"] is None


def test_hanging_servers_delay_it_by_one_second_each(serve, silent_port):
    site = serve(
        DATABASE_URL=f"postgres://nobody@127.0.0.1:{silent_port}/nothing",
        REDIS_URL=f"redis://127.0.0.1:{silent_port}/0",
    )

    response = requests.get(f"{site}/health", timeout=2.9)

    assert response.status_code == 503
    assert response.json()["database"] == response.json()["redis"] == "unreachable"


def test_a_hanging_database_does_not_affect_the_state_of_redis(serve, silent_port):
    site = serve(DATABASE_URL=f"postgres://nobody@127.0.0.1:{silent_port}/nothing")

    with ThreadPoolExecutor(8) as probes:
        answers = list(probes.map(lambda _: requests.get(f"{site}/health", timeout=10), range(8)))

    assert {answer.json()["database"] for answer in answers} == {"unreachable"}
    assert {answer.json()["redis"] for answer in answers} == {"ok"}
