"""Traces of the service as it runs: gunicorn and a worker send them to a real receiver of OTLP."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import requests

from accounts.services import issue_tokens
from predictions.queueing.queue import QUEUE_NAMES
from tests import workers
from tests.logs import read
from tests.pictures import IMAGES, picture
from tests.predictions.versions import register_model
from tests.receiver import Receiver, Span, receiving
from tests.servers import servers

SERVER, CLIENT, PRODUCER, CONSUMER = 2, 3, 4, 5
CLIENTS_TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"  # the example of the standard
CLIENTS_SPAN = "00f067aa0ba902b7"


class Site(NamedTuple):
    url: str
    receiver: Receiver
    web_log: Path
    worker_log: Path
    worker: Any


@pytest.fixture(scope="module")
def running(
    environment: dict[str, str], serve: Any, django_db_blocker: Any, tmp_path_factory: Any
) -> Iterator[Site]:
    with django_db_blocker.unblock():
        register_model()  # a test before may have emptied the database
    folder = tmp_path_factory.mktemp("traces")
    web_log, worker_log = folder / "web.log", folder / "worker.log"
    with receiving() as receiver:
        traced = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url,
            "OTEL_BSP_SCHEDULE_DELAY": "50",
            "HTTPS": "0",
            # The worker of other tests would take some of the pictures.
            "REDIS_URL": f"{servers.redis_url}?db=4",
        }
        with workers.running(environment | traced, worker_log, *QUEUE_NAMES) as worker:
            yield Site(serve(log=web_log, **traced), receiver, web_log, worker_log, worker)


@pytest.fixture
def site(transactional_db: None, model: Any, running: Site) -> Site:
    return running


@pytest.fixture
def send(site: Site, user: Any) -> Any:
    bearer = {"Authorization": f"Bearer {issue_tokens(user).access}"}

    def send(content: bytes, name: str = "secret.png", **headers: str) -> Any:
        return requests.post(
            f"{site.url}/model/predict",
            files={"file": (name, content)},
            headers=bearer | headers,
            timeout=60,
        )

    return send


def trace_of(response: Any) -> str:
    version, trace, _span, flags = response.headers["traceresponse"].split("-")
    assert (version, int(flags, 16) & 1) == ("00", 1)  # recorded
    return str(trace)


def named(name: str) -> Any:
    return lambda spans: name in {span.name for span in spans}


def is_answered(spans: list[Span]) -> bool:
    return {"save", "POST /model/predict"} <= {span.name for span in spans}


def one(spans: list[Span], name: str) -> Span:
    [found] = [span for span in spans if span.name == name]
    return found


def lines_of(log: Path, request_id: str) -> list[dict[str, Any]]:
    """The worker writes after it has answered."""
    deadline = time.monotonic() + 10
    while True:
        found = [line for line in read(log.read_text()) if line.get("request_id") == request_id]
        if found:
            return found
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_one_trace_goes_from_the_request_through_the_queue_to_the_answer(send, site, user):
    response = send(picture().read(), **{"X-Request-ID": "trace-1"})
    assert response.status_code == 200, response.text

    spans = site.receiver.trace(trace_of(response), is_answered)

    root = one(spans, "POST /model/predict")
    sent, processed = one(spans, "send predictions"), one(spans, "process predictions")
    assert (root.service, root.kind, root.parent) == ("classifier-web", SERVER, "")
    assert (sent.service, sent.kind, sent.parent) == ("classifier-web", PRODUCER, root.id)
    assert (processed.service, processed.kind) == ("classifier-worker", CONSUMER)
    assert processed.parent == sent.id
    stages = [one(spans, name) for name in ("decode", "inference", "save")]
    assert {stage.parent for stage in stages} == {processed.id}
    assert {stage.service for stage in stages} == {"classifier-worker"}
    assert {one(spans, name).parent for name in ("validate", "store", "wait for the answer")} == {
        root.id
    }
    # In the order of the events, and nothing ends before it has begun.
    order = [root, one(spans, "validate"), one(spans, "store"), sent, processed, *stages]
    assert [span.began for span in order] == sorted(span.began for span in order)
    assert all(span.ended > span.began for span in spans)
    assert stages[-1].ended <= one(spans, "wait for the answer").ended <= root.ended

    assert root.said["http.request.method"] == "POST"
    assert root.said["http.route"] == "/model/predict"
    assert root.said["http.response.status_code"] == 200
    assert root.said["classifier.user_id"] == user.pk
    assert root.said["classifier.prediction_id"] == response.json()["id"]
    assert processed.said["messaging.message.id"] == root.said["classifier.job_id"]
    assert one(spans, "inference").said["classifier.batch_size"] == 1


def test_the_id_of_a_request_is_in_its_answer_its_lines_and_its_trace(send, site):
    response = send(picture("blue").read(), **{"X-Request-ID": "trace-2"})
    spans = site.receiver.trace(trace_of(response), is_answered)

    assert response.headers["X-Request-ID"] == "trace-2"
    [access] = lines_of(site.web_log, "trace-2")
    [worked] = lines_of(site.worker_log, "trace-2")
    assert (access["route"], worked["outcome"]) == ("/model/predict", "answered")
    assert access["trace_id"] == worked["trace_id"] == trace_of(response)
    for name in ("POST /model/predict", "process predictions"):
        assert one(spans, name).said["classifier.request_id"] == "trace-2"


def test_statements_and_commands_are_spans_of_the_request_without_values(send, site, user):
    response = send(picture("green").read(), name="my-secret-name.png")
    spans = site.receiver.trace(trace_of(response), is_answered)

    systems = {span.said.get("db.system.name") for span in spans if span.kind == CLIENT}
    assert systems == {"postgresql", "redis"}
    statements = [span for span in spans if "db.query.text" in span.said]
    recorded = [span for span in statements if "INSERT INTO predictions_image" in str(span.said)]
    assert {span.parent for span in recorded} == {one(spans, "store").id}
    assert one(spans, "XREAD").parent == one(spans, "wait for the answer").id
    secrets = [user.email, "my-secret-name", "Bearer", "eyJ", response.json()["prediction"]]
    assert [secret for secret in secrets if secret in str(spans)] == []


def test_the_trace_of_the_client_goes_on(send, site):
    response = send(picture("red").read(), traceparent=f"00-{CLIENTS_TRACE}-{CLIENTS_SPAN}-01")

    assert trace_of(response) == CLIENTS_TRACE
    spans = site.receiver.trace(CLIENTS_TRACE, is_answered)
    assert one(spans, "POST /model/predict").parent == CLIENTS_SPAN


def test_a_malformed_traceparent_begins_a_new_trace(send, site):
    response = send(picture("black").read(), traceparent="00-zz-1-01")

    spans = site.receiver.trace(trace_of(response), is_answered)
    assert one(spans, "POST /model/predict").parent == ""


def test_pictures_of_one_batch_have_the_inference_in_each_trace(site, send):
    site.worker.send_signal(signal.SIGSTOP)
    try:
        colours = ("white", "gray", "pink", "navy")
        asked = [send(picture(colour).read(), Prefer="respond-async") for colour in colours]
    finally:
        site.worker.send_signal(signal.SIGCONT)
    traces = [trace_of(response) for response in asked]

    found = [site.receiver.trace(trace, named("save")) for trace in traces]
    inferences = [one(spans, "inference") for spans in found]
    assert {span.said["classifier.batch_size"] for span in inferences} == {4}
    assert len({(span.began, span.ended) for span in inferences}) == 1
    assert len({span.id for span in inferences}) == 4


def test_what_fails_is_marked_and_not_quoted(send, site):
    damaged = (IMAGES / "rocket.jpg").read_bytes()[:20_000]
    response = send(damaged, name="damaged.jpg")
    assert response.status_code == 400

    spans = site.receiver.trace(trace_of(response), named("process predictions"))
    failed = one(spans, "process predictions")
    assert (failed.failed, failed.said["error.type"]) == (True, "UnreadableImage")
    assert "damaged" not in str(failed)


def test_probes_and_idle_workers_make_no_traces(site):
    before = len(site.receiver.spans)
    response = requests.get(f"{site.url}/health", timeout=60)

    assert "traceresponse" not in response.headers
    roots = [span for span in site.receiver.spans[before:] if not span.parent]
    assert [span.name for span in roots if span.service == "classifier-worker"] == []
