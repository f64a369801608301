"""A picture with a valid header and damaged pixels: the worker finds out."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from predictions.models import Inference
from predictions.queueing.queue import RESULT_TTL, get_queue
from tests.pictures import IMAGES
from tests.predictions.client import predict

WHY = "The file cannot be read as an image: it is damaged, cut off or of another format."


@pytest.fixture
def cut_off():
    """A function: a file can be sent once."""
    content = (IMAGES / "rocket.jpg").read_bytes()[:20_000]
    return lambda: SimpleUploadedFile("rocket.jpg", content)


def test_an_unreadable_picture_is_refused_with_the_reason(api, worker, cut_off):
    response = predict(api, cut_off())
    assert response.status_code == 400
    assert response.json()["detail"] == WHY


def test_the_history_says_why_an_unreadable_picture_failed(api, worker, cut_off):
    found = api.get(predict(api, cut_off())["Location"]).json()
    assert found["status"] == "failed"
    assert found["error"] == WHY
    assert found["prediction"] is None
    assert found["score"] is None
    assert found["top_k"] == []
    assert found["finished_at"]


def test_sending_it_again_gets_the_same_answer_without_a_job(api, worker, cut_off):
    first = predict(api, cut_off())
    jobs = get_queue("predictions").failed_job_registry.get_job_ids()
    second = predict(api, cut_off())
    assert second.status_code == 400
    assert second.json() == {**first.json(), "id": second.json()["id"]}
    assert Inference.objects.get().attempts == 1
    assert get_queue("predictions").failed_job_registry.get_job_ids() == jobs


def test_the_failed_job_soon_expires_in_redis(api, worker, cut_off):
    """Anybody can send more of them than Redis has room for."""
    predict(api, cut_off())
    queue = get_queue("predictions")
    [job_id] = queue.failed_job_registry.get_job_ids()
    assert 0 < queue.connection.ttl(queue.fetch_job(job_id).key) <= RESULT_TTL


def test_the_page_says_why_an_unreadable_picture_failed(page, worker, cut_off):
    response = page.post("/", {"file": cut_off()}, follow=True)
    assert WHY in response.content.decode()
    assert "Could not be classified" in page.get("/history").content.decode()


def test_the_log_has_one_line_and_no_traceback(api, own_redis, run_worker, cut_off):
    predict(api, cut_off(), "respond-async")
    log = run_worker()
    assert [WHY in line for line in log.splitlines()].count(True) == 1
    assert "Traceback" not in log
    assert Inference.objects.get().status == "failed"
