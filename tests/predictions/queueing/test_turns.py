"""People are served in turn, however many pictures one of them sends."""

import time

import django_rq
import pytest
from django.conf import settings

from predictions.inference.limits import batch_work
from predictions.models import Inference, Prediction
from predictions.queueing.queue import get_queue
from predictions.queueing.turns import job_id_for, owner_of, take, waiting_of
from tests.pictures import photograph, picture, shades
from tests.predictions.client import predict, send_many, states, when_finished


def wait_in_line(*people):
    """Jobs of these people, in this order; returns the owners taken next."""
    queue = get_queue("bulk")
    for person in people:
        queue.push_job_id(str(job_id_for(person)))

    def taken(room, passing=()):
        return [int(owner_of(job_id), 16) for job_id in take(queue, room, passing)]

    return taken


def test_everybody_has_a_turn_before_anybody_has_a_second(own_redis):
    taken = wait_in_line(1, 1, 1, 1, 2, 1, 3, 2)
    assert taken(4) == [1, 2, 3, 1]
    assert taken(9) == [2, 1, 1, 1]
    assert taken(9) == []


def test_the_person_served_last_waits_for_all_others(own_redis):
    taken = wait_in_line(1, 1, 1, 2, 2, 2, 3)
    assert taken(2) == [1, 2]
    assert taken(2) == [3, 1]
    assert taken(2) == [2, 1]


def test_pictures_of_one_person_keep_their_order(own_redis):
    queue = get_queue("bulk")
    ids = [str(job_id_for(7)) for _ in range(5)]
    for job_id in ids:
        queue.push_job_id(job_id)
    assert take(queue, 3) + take(queue, 3) == ids


def test_a_job_that_was_taken_is_in_the_intermediate_queue(own_redis):
    taken = wait_in_line(1, 2)
    taken(1)
    queue = get_queue("bulk")
    assert (queue.count, queue.connection.llen(queue.intermediate_queue_key)) == (1, 1)


def test_people_can_be_skipped(own_redis):
    assert wait_in_line(1, 2, 1)(9, [f"{1:08x}"]) == [2]


def test_waiting_pictures_are_counted_by_person(own_redis):
    wait_in_line(1, 2, 1)
    assert [waiting_of(get_queue("bulk"), person) for person in (1, 2, 3)] == [2, 1, 0]


@pytest.mark.parametrize("queue", ["predictions", "bulk"])
def test_a_person_with_many_pictures_delays_another_by_one_batch(
    api, api_for, make_user, own_redis, start_worker, queue
):
    """Batches are counted by when they were begun, which one statement writes for all of one."""
    if queue == "bulk":
        send_many(api, shades(200))
    else:
        for shade in shades(120):
            predict(api, shade, "respond-async")
    other = api_for(make_user("other@example.com"))
    start_worker(CLASSIFIER_BATCH_SIZE="4")
    while Inference.objects.filter(status="done").count() < 12:
        time.sleep(0.01)
    if queue == "bulk":
        (address, _) = send_many(other, [picture("red"), picture("blue", "blue.png")])
    else:
        address = predict(other, picture("red"), "respond-async")["Location"]
    when_finished(other, address)

    mine = Prediction.objects.get(pk=address.rpartition("/")[2])
    between = Inference.objects.filter(
        started_at__gt=mine.created_at, started_at__lt=mine.inference.started_at
    )
    # The one that had just been taken when the picture came, and the one after it.
    assert between.values("started_at").distinct().count() <= 1
    # And pictures of the first person were still to come, else nobody had been overtaken.
    assert Inference.objects.exclude(started_at__lte=mine.inference.started_at).exists()


def test_large_pictures_of_one_person_do_not_keep_another_from_a_turn(own_redis, taken_by):
    """A batch of one large picture, again and again, with somebody else put back each time."""
    taken_by(*[(1, 10**9)] * 5, (2, 1))
    assert taken_by() == [1]
    assert taken_by() == [2]
    assert taken_by() == [1]


def test_a_batch_counts_the_work_of_its_first_picture(own_redis):
    worker, queue = django_rq.get_worker("bulk"), get_queue("bulk")
    limit = batch_work(settings.MAX_PIXELS)
    begun = queue.enqueue("f", meta={"work": limit * 2 // 3})
    queue.remove(begun)
    for _ in range(2):
        queue.enqueue("f", job_id=str(job_id_for(1)), meta={"work": limit // 3})
    queue.enqueue("f", job_id=str(job_id_for(1)), meta={"work": 10**9})
    assert len(worker.take([queue], begun=begun)) == 1


@pytest.fixture
def taken_by(own_redis):
    """Enqueues jobs of these people with so much work; returns whose the next batch is."""
    worker, queue = django_rq.get_worker("bulk"), get_queue("bulk")

    def take_next(*jobs):
        for person, work in jobs:
            queue.enqueue("f", job_id=str(job_id_for(person)), meta={"work": work})
        if not jobs:
            return [int(owner_of(job.id), 16) for job, _ in worker.take([queue])]
        return None

    return take_next


def test_a_bulk_picture_that_somebody_waits_for_moves_to_the_other_queue(
    api, api_for, make_user, own_redis, start_worker
):
    pictures = shades(60)
    addresses = send_many(api, pictures)
    other = api_for(make_user("other@example.com"))
    address = predict(other, shades(60)[-1], "respond-async")["Location"]
    bulk, interactive = get_queue("bulk"), get_queue("predictions")
    [job] = interactive.get_jobs()
    assert (bulk.count, job.origin) == (59, "predictions")

    start_worker(CLASSIFIER_BATCH_SIZE="4")
    when_finished(other, address)
    first = Inference.objects.order_by("started_at").first()
    assert first == Prediction.objects.get(pk=address.rpartition("/")[2]).inference
    while set(states(api, addresses)) != {"done"}:
        time.sleep(0.1)
    assert interactive.finished_job_registry.get_job_ids() == [job.id]


def test_one_person_fills_no_more_than_a_share_of_the_queue(
    api, api_for, make_user, own_redis, settings
):
    settings.QUEUE_LIMIT_PER_PERSON = 2
    send_many(api, shades(2))
    response = api.post("/model/predictions", {"file": shades(2, red=9)}, format="multipart")
    assert [entry["status"] for entry in response.json()] == ["refused"] * 2
    assert "Too many of your pictures are waiting" in response.json()[0]["detail"]
    other = api_for(make_user("other@example.com"))
    assert len(send_many(other, shades(2, red=5))) == 2

    for shade in shades(2, red=3):
        predict(api, shade, "respond-async")
    refused = predict(api, photograph(), "respond-async")
    assert (refused.status_code, refused["Retry-After"]) == (429, "10")


def test_the_rate_of_pictures_counts_each_picture_of_a_bulk_request(api, own_redis, model, rates):
    rates["pictures"] = "5/min"
    send_many(api, shades(4))
    response = api.post("/model/predictions", {"file": shades(2, red=9)}, format="multipart")
    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= 60
    assert Prediction.objects.count() == 4


def test_the_rate_of_megapixels_limits_large_pictures_but_not_known_ones(
    api, own_redis, model, page, rates
):
    rates["megapixels"] = "3/min"
    large = picture("red", "large.png", (1500, 1000))  # counts as two
    assert predict(api, large, "respond-async").status_code == 202
    again = picture("blue", "again.png", (1500, 1000))
    response = predict(api, again, "respond-async")
    assert response.status_code == 429
    assert "large pictures" in response.json()["detail"]
    again.seek(0)
    response = page.post("/history/cards", {"file": again})
    assert (response.status_code, int(response["Retry-After"]) > 0) == (429, True)
    large.seek(0)  # a known picture costs nothing
    assert predict(api, large, "respond-async").status_code == 202


@pytest.fixture
def rates(settings):
    """The rates, to be changed."""
    rates = dict(settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"])
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": rates}
    return rates
