"""What became of pictures, requests and lost work, as /metrics counts it."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from foundation.observability import outcomes
from foundation.observability.counters import Counted
from learning.models import Training
from predictions.classifiers import Classifier
from predictions.models import Inference
from predictions.queueing.jobs import record_failure
from predictions.queueing.queue import MAX_ATTEMPTS, get_queue
from predictions.queueing.recovery import requeue_lost
from predictions.refusals import NotTaken
from predictions.registry import named
from predictions.throttles import PredictThrottle
from tests.pictures import photograph, picture
from tests.predictions.client import predict
from tests.prometheus import Figures

pytestmark = pytest.mark.django_db
# For tests where something waits: no worker of another test may take it.
waiting = pytest.mark.usefixtures("unheard_redis")


@pytest.fixture
def counted(client):
    """How much a counter has grown since the test began."""

    def look():
        return Figures(client.get("/metrics").content.decode())

    before = look()
    return lambda name, **labels: look().of(name, **labels) - before.of(name, **labels)


@pytest.fixture(autouse=True)
def young_process(monkeypatch):
    """One that has not named any version."""
    monkeypatch.setattr(named.names, "versions", {})
    monkeypatch.setattr(named.names, "given", set())


@waiting
def test_pictures_are_counted_by_where_their_answers_come_from(counted, user, make_user, ask):
    ask(user, answered=False)
    ask(make_user("grace@example.com"), answered=False)
    ask(user, "chelsea.png")
    ask(user, "chelsea.png")
    for answer, number in {"new": 2, "waiting": 1, "cached": 1}.items():
        assert counted("ml_predictions_total", answer=answer) == number


def test_refused_pictures_are_counted_by_reason(counted, api, model, settings):
    predict(api, SimpleUploadedFile("notes.txt", b"no picture"))
    settings.MAX_PIXELS = 100
    predict(api, picture(size=(11, 10)))
    settings.MAX_PIXELS = 50_000_000
    settings.QUEUE_LIMIT = 0
    predict(api, picture("blue"))
    for reason in ("not_accepted", "too_large", "queue_full"):
        assert counted("ml_refused_pictures_total", reason=reason) == 1


def test_each_reason_for_not_taking_a_picture_has_a_name():
    def kinds(kind):
        return {kind}.union(*map(kinds, kind.__subclasses__()))

    assert {kind.reason for kind in kinds(NotTaken)} <= set(outcomes.REFUSALS)


def test_answers_are_counted_by_version_and_whether_they_are_sure(counted, user, model, ask):
    of_model = {"classifier": "imagenet", "version": str(model)}
    ask(user)
    assert counted("ml_answers_total", **of_model, sure="yes") == 1
    Classifier.objects.update(threshold=1.0)
    named.names.versions.clear()  # a minute later
    ask(user, "chelsea.png")
    assert counted("ml_answers_total", **of_model, sure="no") == 1


def test_what_only_some_may_ask_is_not_named(counted, user, model, ask):
    Classifier.objects.update(owner=user)
    ask(user)
    others = {"classifier": "others", "version": "others"}
    assert counted("ml_answers_total", **others, sure="yes") == 1
    Classifier.objects.update(is_public=True)
    named.names.versions.clear()
    assert named.names.of(model.pk).classifier == "imagenet"


def test_a_process_names_so_many_versions_and_no_more(model, monkeypatch):
    monkeypatch.setattr(named, "MOST", 0)
    assert named.names.of(model.pk).version == "others"


@waiting
@pytest.mark.parametrize(
    ("kind", "reason"),
    [(FileNotFoundError, "file"), (MemoryError, "memory"), (RuntimeError, "other")],
)
def test_failures_are_counted_by_reason(counted, user, ask, kind, reason):
    inference = ask(user, answered=False).inference
    job = get_queue("predictions").enqueue("x", inference.pk, "", 1, job_id=str(inference.job_id))
    record_failure(job, kind, kind("why"), None)
    assert Inference.objects.get().status == "failed"
    assert counted("ml_failures_total", reason=reason) == 1


@waiting
def test_a_failure_that_is_tried_again_is_not_counted(counted, user, ask):
    inference = ask(user, answered=False).inference
    job = get_queue("predictions").fetch_job(str(inference.job_id))
    record_failure(job, RuntimeError, RuntimeError("why"), None)
    assert counted("ml_failures_total", reason="other") == 0


@waiting
def test_repairs_are_counted(counted, user, ask):
    ask(user, answered=False)
    ask(user, "chelsea.png", answered=False)
    get_queue("predictions").empty()
    Inference.objects.update(created_at=timezone.now() - timedelta(minutes=1))
    first = Inference.objects.order_by("pk").first()
    Inference.objects.filter(pk=first.pk).update(attempts=MAX_ATTEMPTS)
    requeue_lost()
    assert counted("recovery_actions_total", action="picture_requeued") == 1
    assert counted("recovery_actions_total", action="picture_given_up") == 1
    assert counted("ml_failures_total", reason="crashed") == 1


def test_requests_over_a_limit_are_counted_by_the_limit(counted, api, model, monkeypatch, settings):
    monkeypatch.setattr(PredictThrottle, "THROTTLE_RATES", {"predict": "1/min"})
    for status in (202, 429):
        assert predict(api, prefer="respond-async").status_code == status
    settings.THROTTLE_ACCOUNT = ["1/hour"]
    for status in (401, 429):
        assert api.post("/login", {"username": "a@b.c", "password": "no"}).status_code == status
    assert counted("http_throttled_requests_total", limit="predict") == 1
    assert counted("http_throttled_requests_total", limit="account") == 1


def test_feedback_is_counted_by_version_and_verdict(counted, page, user, model, ask):
    prediction = ask(user)
    for said in ({"correct": "yes"}, {"correct": "no", "label": "teapot"}):
        page.post(f"/history/{prediction.pk}/feedback", said)
    of_model = {"classifier": "imagenet", "version": str(model)}
    for verdict in ("right", "wrong"):
        assert counted("feedback_verdicts_total", **of_model, verdict=verdict) == 1


def test_feedback_on_no_prediction_of_ours_is_counted(counted, api):
    note = {
        "feedback": "",
        "score": 0.5,
        "predicted_class": "husky",
        "image_file_name": "0a7c757a80f2c5b13fa7a2a47a683593.jpeg",
    }
    assert api.post("/feedback", note).status_code == 201
    others = {"classifier": "others", "version": "others"}
    assert counted("feedback_verdicts_total", **others, verdict="none") == 1


@pytest.mark.django_db(transaction=True)  # the probe has a connection of its own
def test_long_work_is_shown_by_kind_and_status(counted, user, model):
    for status in ("queued", "done", "done"):
        Training.objects.create(classifier=model.classifier, started_by=user, status=status)
    assert counted("learning_jobs", kind="training", status="queued") == 1
    assert counted("learning_jobs", kind="training", status="done") == 2


@pytest.mark.django_db(transaction=True)  # the probe has a connection of its own
def test_the_disk_the_pictures_and_failed_jobs_are_shown(counted, client, user, ask, settings):
    ask(user)
    queue = get_queue("predictions")
    queue.failed_job_registry.add(queue.create_job("x"))
    found = Figures(client.get("/metrics").content.decode())
    assert counted("rq_failed_jobs", queue="predictions") == 1
    assert found.of("classifier_media_bytes") == photograph().size
    assert found.of("classifier_database_bytes") > 1_000_000
    assert found.of("classifier_disk_free_bytes") > 0
    assert found.of("classifier_disk_used_bytes") > 0
    assert found.labels("classifier_info", "version")


def test_a_disk_that_cannot_be_read_takes_no_other_metric_along(client, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda folder: 1 / 0)
    names = Figures(client.get("/metrics").content.decode()).names()
    assert "classifier_disk_free_bytes" not in names
    assert "postgres_active_connections" in names


def test_what_a_dead_process_had_loaded_is_not_shown(tmp_path, monkeypatch):
    merged = []
    monkeypatch.setattr(Counted, "merge", lambda self, files: merged.extend(files))
    for name in ("gauge_livemin_4194305.db", "counter_4194305.db", "gauge_livemin_1.db"):
        (tmp_path / name).write_bytes(b"x")
    Counted(None, str(tmp_path)).collect()
    kept = {path.rpartition("/")[2] for path in merged}
    assert kept == {"counter_4194305.db", "gauge_livemin_1.db"}
