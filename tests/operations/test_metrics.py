import shutil
import time

import pytest
import requests
from rq import Queue, SimpleWorker

from accounts.services import issue_tokens
from predictions.queueing.liveness import WORKER_TTL
from predictions.queueing.queue import CLASSIFY
from predictions.registry.roles import Changes
from tests.predictions.client import predict
from tests.predictions.versions import version_like
from tests.prometheus import Figures
from tests.serving import DEAD_DATABASE, DEAD_REDIS

pytestmark = pytest.mark.django_db  # else there is no database to serve

TOKEN = "0123456789abcdef0123456789abcdef"
# CONTRACT.md's.
NAMES = {
    "http_requests_total",
    "http_request_duration_seconds_count",
    "redis_queue_length",
    "redis_connected_clients",
    "postgres_active_connections",
    "ml_prediction_duration_seconds_count",
    "ml_batch_size_count",
    "database_query_duration_seconds_count",
    "ml_workers",
}


@pytest.fixture
def look(client):
    return lambda: Figures(client.get("/metrics").content.decode())


def test_all_metrics_of_the_contract_are_exported(client, worker):
    client.get("/health/live")
    response = client.get("/metrics")
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/plain")
    assert response["Cache-Control"] == "no-store"
    assert Figures(response.content.decode()).names() >= NAMES


def test_a_request_is_counted_by_its_route_method_and_status(client, look, ask, user, page):
    address = {"endpoint": "/history/<id:pk>", "method": "GET"}
    before = look()
    page.get(f"/history/{ask(user).pk}")
    page.get("/history/89597197-219e-415d-ac5d-f2c68b61c1e8")
    after = look()
    for status in ("200", "404"):
        counts = [f.of("http_requests_total", **address, status=status) for f in (before, after)]
        assert counts[1] - counts[0] == 1
    name = "http_request_duration_seconds_count"
    times = [f.of(name, endpoint=address["endpoint"]) for f in (before, after)]
    assert times[1] - times[0] == 2


def test_unknown_paths_and_methods_share_a_label(client, look):
    client.get("/no/such/address")
    client.generic("BREW", "/no/such/pot")
    client.delete("/health")
    found = look()
    assert found.of("http_requests_total", endpoint="other", method="GET", status="404") >= 1
    assert found.of("http_requests_total", endpoint="other", method="other", status="404") >= 1
    refused = {"endpoint": "/health", "status": "405"}
    assert found.of("http_requests_total", **refused, method="other") >= 1
    assert found.of("http_requests_total", **refused, method="DELETE") == 0
    for label in ("endpoint", "method"):
        made_up = found.labels("http_requests_total", label)
        assert not any("such" in value or "BREW" in value for value in made_up)


def test_gauges_of_queues_workers_and_servers_are_current(look, db, other_queue):
    other_queue.enqueue(CLASSIFY, 1)
    bulk = Queue("bulk", connection=other_queue.connection)
    for number in (2, 3):
        bulk.enqueue(CLASSIFY, number)
    SimpleWorker([other_queue], worker_ttl=WORKER_TTL).register_birth()
    found = look()
    assert found.of("redis_queue_length", queue="predictions") == 1
    assert found.of("redis_queue_length", queue="bulk") == 2
    assert found.of("ml_workers") == 1
    assert found.of("redis_connected_clients") >= 1
    assert found.of("postgres_active_connections") >= 1
    other_queue.empty()
    assert look().of("redis_queue_length", queue="predictions") == 0


@pytest.mark.django_db(transaction=True)  # the probe has a connection of its own
def test_versions_that_answer_and_changes_of_roles_are_shown(look, model):
    roles = {"classifier": "imagenet", "role": "challenger"}
    before = look().of("ml_role_changes_total", **roles)
    newer, unseen = version_like(model, "newer"), version_like(model, "unseen")
    Changes().challenge(newer, 10)
    Changes().shadow(unseen)
    found = look()
    name = "ml_model_share_percent"
    assert found.of(name, classifier="imagenet", role="champion", version=str(model)) == 90
    assert found.of(name, **roles, version=str(newer)) == 10
    assert found.labels(name, "version") == {str(model), str(newer), str(unseen)}
    assert found.of("ml_role_changes_total", **roles) == before + 1
    Changes().retire(newer)
    assert look().labels(name, "version") == {str(model), str(unseen)}


def test_stages_of_the_web_process_and_statements_are_timed(api, look, worker):
    before = look()
    predict(api)
    predict(api)  # answered from what is stored
    after = look()
    for stage in ("validate", "store"):
        name = "ml_prediction_duration_seconds_count"
        assert after.of(name, stage=stage) - before.of(name, stage=stage) == 2
    statements = [f.of("database_query_duration_seconds_count") for f in (before, after)]
    assert statements[1] - statements[0] >= 4


@pytest.mark.parametrize("address", ["10.0.0.7", "::ffff:10.0.0.7", ""])
def test_without_a_token_only_this_machine_can_read(client, address):
    response = client.get("/metrics", REMOTE_ADDR=address)
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == 'Bearer realm="metrics"'
    assert "METRICS_TOKEN" in response.json()["detail"]


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "Via"])
def test_without_a_token_requests_through_a_proxy_are_refused(client, settings, header):
    assert client.get("/metrics", headers={header: "127.0.0.1"}).status_code == 401
    settings.NUM_PROXIES = 1
    assert client.get("/metrics").status_code == 401


def test_with_a_token_only_its_bearers_can_read(client, settings):
    settings.METRICS_TOKEN, settings.NUM_PROXIES = TOKEN, 1

    def status(authorization):
        headers = {"Authorization": authorization} if authorization else {}
        return client.get("/metrics", headers=headers, REMOTE_ADDR="10.0.0.7").status_code

    assert status(f"Bearer {TOKEN}") == status(f"bearer {TOKEN}") == 200
    assert [status(wrong) for wrong in (None, TOKEN, f"Bearer {TOKEN}0", "Bearer é")] == [401] * 4


def test_accounts_have_no_access_to_metrics(client, settings, staff):
    settings.METRICS_TOKEN = TOKEN
    bearer = f"Bearer {issue_tokens(staff).access}"
    assert client.get("/metrics", headers={"Authorization": bearer}).status_code == 401


def test_the_openmetrics_format_is_served_on_request(client):
    response = client.get("/metrics", headers={"Accept": "application/openmetrics-text"})
    assert response["Content-Type"].startswith("application/openmetrics-text")
    assert response.content.endswith(b"# EOF\n")


def test_metrics_of_unreachable_servers_are_omitted(serve):
    site = serve(DATABASE_URL=DEAD_DATABASE, REDIS_URL=DEAD_REDIS)
    response = requests.get(f"{site}/metrics", timeout=10)
    assert response.status_code == 200
    missing = {
        "redis_queue_length",
        "redis_connected_clients",
        "ml_workers",
        "postgres_active_connections",
    }
    assert NAMES - Figures(response.text).names() == missing


def test_it_answers_plain_http_with_the_sum_of_all_processes(serve, tmp_path):
    folder = tmp_path / "made" / "by it"
    site = serve(
        HTTPS="1",
        METRICS_TOKEN=TOKEN,
        WEB_WORKERS="2",
        PROMETHEUS_MULTIPROC_DIR=str(folder),
    )
    (folder / "counter_1.db").touch()  # as of a process that was killed when it began
    deadline = time.monotonic() + 60
    while len({path.name.rpartition("_")[2] for path in folder.glob("histogram_*")}) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    for _ in range(20):  # each over a connection of its own, which either process may take
        assert requests.get(f"{site}/health/live", timeout=10).status_code == 200

    bearer = {"Authorization": f"Bearer {TOKEN}"}
    response = requests.get(f"{site}/metrics", headers=bearer, timeout=10)

    found = Figures(response.text)
    asked = found.of("http_requests_total", endpoint="/health/live", method="GET", status="200")
    assert asked >= 20
    assert requests.get(f"{site}/metrics", timeout=10).status_code == 401


def test_the_site_survives_the_loss_of_the_metrics_folder(serve, tmp_path):
    site = serve(PROMETHEUS_MULTIPROC_DIR=str(tmp_path / "counts"))
    shutil.rmtree(tmp_path / "counts")
    response = requests.get(f"{site}/metrics", timeout=10)
    assert response.status_code == 200
    assert "redis_connected_clients" in Figures(response.text).names()
