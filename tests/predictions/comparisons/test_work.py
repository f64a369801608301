"""Answers that a comparison lacks are asked for among the bulk work, a part at a time."""

import pytest

from predictions.comparisons import work
from predictions.comparisons.services import start
from predictions.models import Inference, Prediction
from predictions.pictures.deletion import delete_if_orphaned
from predictions.queueing.queue import get_queue
from predictions.queueing.recovery import recover, requeue_lost
from tests.predictions.comparisons.rows import CUP, asked
from tests.predictions.conftest import a_minute_passes, own_redis, stopped_worker
from tests.predictions.heads import add_imagenet_head
from tests.predictions.versions import version_like

__all__ = ["a_minute_passes", "own_redis", "stopped_worker"]
DONE = {"status": "done", "class_key": CUP, "score": 0.5}


@pytest.fixture
def few(settings):
    """Four answers may wait at a time."""
    settings.QUEUE_LIMIT_PER_PERSON = 8


@pytest.fixture
def comparison(user, model, own_redis, few):
    """Of two heads that have answered nothing, on five pictures."""
    for _ in range(5):
        asked(user, model, CUP)
    return start(user, add_imagenet_head(model, 1), add_imagenet_head(model, 2), "latest")


def waiting():
    return Inference.objects.filter(status="queued")


def test_only_some_answers_wait_at_a_time(comparison):
    bulk = get_queue("bulk")
    assert bulk.count == waiting().count() == 4
    # Both versions together, and nobody's turn.
    jobs = [job.args for job in bulk.jobs]
    assert [version for _, _, version in jobs] == 2 * [comparison.first_id, comparison.second_id]
    assert {job_id[:8] for job_id in bulk.job_ids} == {"00000000"}
    work.top_up()
    assert bulk.count == 4
    waiting().filter(pk=jobs[0][0]).update(**DONE)
    work.top_up()
    assert bulk.count == 4  # room for half a picture
    waiting().filter(pk=jobs[1][0]).update(**DONE)
    work.top_up()
    assert bulk.count == 6
    assert comparison.progress() == {"total": 5, "done": 1, "failed": 0}


def test_maintenance_tops_up_and_ends(comparison):
    for waits in (4, 4, 2, 0):
        assert waiting().count() == waits
        waiting().update(**DONE)
        recover(list)
    comparison.refresh_from_db()
    assert comparison.finished_at
    assert comparison.progress() == {"total": 5, "done": 5, "failed": 0}


def test_two_comparisons_share_the_room(comparison, user, model):
    other = start(user, model, version_like(model, "other"), "latest")
    assert waiting().filter(model_version=other.second).count() == 1
    waiting().update(**DONE)
    work.top_up()
    assert waiting().filter(model_version=other.second).count() == 1
    assert waiting().filter(model_version=comparison.second).count() == 1


def test_a_cancelled_comparison_takes_back_what_nobody_else_asks(comparison, user):
    [begun, joined, *_] = waiting().order_by("pk")
    waiting().filter(pk=begun.pk).update(status="running")
    Prediction.objects.create(user=user, image=joined.image, inference=joined)
    work.cancel(comparison)
    work.top_up()
    bulk = get_queue("bulk")
    assert list(waiting()) == [joined]
    assert {str(joined.job_id), str(begun.job_id)} == set(bulk.job_ids)
    assert len(bulk.connection.keys("rq:job:*")) == 2
    comparison.refresh_from_db()
    assert comparison.cancelled_at
    assert not comparison.finished_at


def test_pictures_deleted_meanwhile_drop_out(comparison):
    first, *_, last = comparison.images().order_by("pk")
    for image in (first, last):
        image.predictions.all().delete()
        delete_if_orphaned(image.pk)
    assert comparison.progress() == {"total": 3, "done": 0, "failed": 0}
    for _ in range(3):
        work.top_up()
        waiting().update(**DONE)
    work.top_up()
    comparison.refresh_from_db()
    assert comparison.finished_at
    assert comparison.progress() == {"total": 3, "done": 3, "failed": 0}


def test_a_failed_answer_ends_a_comparison_too(comparison):
    for _ in range(3):
        waiting().update(status="failed")
        work.top_up()
    comparison.refresh_from_db()
    assert comparison.finished_at
    assert comparison.progress() == {"total": 5, "done": 0, "failed": 5}


def test_what_waits_survives_an_emptied_redis(comparison, own_redis, a_minute_passes):
    get_queue("bulk").connection.flushall()
    a_minute_passes()
    assert requeue_lost() == 4
    assert get_queue("bulk").count == 4


def test_without_redis_answers_wait_for_a_workers_maintenance(user, model, own_redis, few, caplog):
    asked(user, model, CUP)
    own_redis.stop()
    start(user, model, add_imagenet_head(model), "latest")
    assert waiting().count() == 1
    assert "wait for Redis" in caplog.text
