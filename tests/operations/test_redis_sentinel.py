"""The whole service on Redis with Sentinel, TLS, passwords and few rights; and its failover."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
import requests

from accounts.services import issue_tokens
from classifier_site.operations.doctor import redis, servers
from foundation.redis_server import connect
from predictions.models import Inference
from tests.conftest import PROJECT
from tests.operations.doctor.finding import one
from tests.pictures import picture
from tests.sentinels import group
from tests.workers import RQWORKER

pytestmark = pytest.mark.heavy


@pytest.fixture(scope="module")
def sentinels(tmp_path_factory):
    with group(tmp_path_factory.mktemp("sentinels")) as started:
        yield started


@pytest.fixture
def site(sentinels, serve, tmp_path):
    limits = {f"THROTTLE_{name}": "100000/min" for name in ("PREDICT", "READ")}
    return serve(
        log=tmp_path / "site.log",
        REDIS_URL=sentinels.redis_url,
        PREDICT_TIMEOUT="5",
        **limits,
    )


@pytest.fixture
def supervised_worker(transactional_db, model, environment, sentinels, tmp_path):
    """Started again when it ends, as compose, systemd and `make run` do."""
    environment = environment | {"REDIS_URL": sentinels.redis_url}
    log, stopping = tmp_path / "worker.log", Event()

    def supervise():
        while not stopping.is_set():
            with log.open("ab") as output:
                worker = subprocess.Popen(
                    [*RQWORKER, "predictions", "bulk"],
                    cwd=PROJECT,
                    env=environment,
                    stdout=output,
                    stderr=output,
                )
            while worker.poll() is None and not stopping.wait(0.2):
                pass
        worker.terminate()
        worker.wait(60)

    with ThreadPoolExecutor(1) as pool:
        supervising = pool.submit(supervise)
        yield log
        stopping.set()
        supervising.result()


@pytest.fixture
def send(site, user):
    headers = {"Authorization": f"Bearer {issue_tokens(user).access}"}

    def send(number):
        """One picture of its own, until it is taken; its answer, and how often it was refused."""
        refused = 0
        while True:
            file = picture((number % 256, number // 256, 77))
            response = requests.post(
                f"{site}/model/predict", files={"file": file}, headers=headers, timeout=60
            )
            if response.status_code == 200:
                return response.json(), refused
            if response.status_code == 202 or response.status_code == 504:
                return when_done(response), refused
            assert response.status_code == 503, response.text
            assert int(response.headers["Retry-After"]) > 0
            refused += 1
            time.sleep(0.2)

    def when_done(response):
        address = f"{site}{response.headers['Location']}"
        deadline = time.monotonic() + 120
        while True:
            found = requests.get(address, headers=headers, timeout=30)
            if found.status_code == 200 and found.json()["status"] == "done":
                return found.json()
            assert time.monotonic() < deadline, found.text
            time.sleep(0.2)

    return send


def test_all_is_well_and_another_server_takes_over(
    sentinels, supervised_worker, send, site, settings, user
):
    """One test, because the servers take a while to start and a failover cannot be undone."""
    settings.REDIS_URL = sentinels.redis_url
    first, _ = send(0)
    assert first["prediction"]
    assert requests.get(f"{site}/health", timeout=10).json()["redis"] == "ok"
    checks = [*servers.SERVERS.values(), *redis.CHECKS]
    assert [finding for check in checks for finding in check.look()] == []
    healthy = [sys.executable, "-m", "deploy.worker_healthy"]
    with_redis = {"REDIS_URL": sentinels.redis_url, "PATH": ""}
    subprocess.run(healthy, cwd=PROJECT, env=with_redis, check=True, timeout=30)

    lost = sentinels.primary()
    with ThreadPoolExecutor(4) as pool:
        answers = pool.map(send, range(1, 61))
        next(answers)
        sentinels.kill(lost)
        found = [*answers]

    assert sum(refused for _, refused in found) > 0  # they came while there was no primary
    assert all(answer["prediction"] for answer, _ in found)
    assert not Inference.objects.exclude(status="done").exists()
    assert sentinels.primary() != lost
    one(redis.failover, "No replica follows the primary")

    sentinels.start_server(lost)  # Sentinels have it follow the other
    sentinels.until(lambda: sentinels.ask(lost).info("replication")["role"] == "slave")
    sentinels.until(lambda: not [*redis.failover()])


def test_a_sentinel_that_is_gone_is_named(sentinels, settings):
    settings.REDIS_URL = sentinels.redis_url
    port = next(iter(sentinels.sentinels))
    sentinels.kill(port)
    try:
        assert [*servers.redis_answers()] == []  # the others answer
        one(redis.failover, f"The Sentinel at localhost:{port} is of no help")
    finally:
        sentinels.run(port, sentinels.folder / str(port) / "sentinel.conf", [], "--sentinel")


def test_sentinels_that_know_no_such_primary(sentinels, settings):
    settings.REDIS_URL = sentinels.redis_url.replace("master=classifier", "master=other")
    found = one(servers.redis_answers, "The Sentinels do not name a primary Redis")
    assert "`master`" in found.do
    assert "said-to" not in found.says


def test_tls_without_sentinel(sentinels):
    address = f"rediss://classifier:pass%2Fword@localhost:{sentinels.primary()}/0"
    with connect(f"{address}?ssl_ca_certs={sentinels.certificate}") as redis:
        assert redis.ping()


def test_a_certificate_that_nobody_vouches_for_is_refused(sentinels, settings):
    address = f"rediss://classifier:pass%2Fword@localhost:{sentinels.primary()}/0"
    settings.REDIS_URL = address
    one(servers.redis_answers, "certificate verify failed")


def test_a_certificate_for_another_host_is_refused(sentinels, settings):
    address = f"rediss://classifier:pass%2Fword@127.0.0.1:{sentinels.primary()}/0"
    settings.REDIS_URL = f"{address}?ssl_ca_certs={sentinels.certificate}"
    one(servers.redis_answers, "certificate verify failed")
