"""The queue objects of a process."""

import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

from predictions.queueing import queue
from predictions.queueing.queue import get_queue, make_queue, no_room, wait_for_result
from tests.pictures import picture
from tests.predictions.client import predict
from tests.workers import forget_connections


def test_the_first_requests_of_a_process_share_one_queue():
    """A second one is thrown away, and closes the connection of the request that made it."""
    together = Barrier(8)

    def ask(_):
        together.wait()
        return get_queue("predictions")

    before, found = sys.getswitchinterval(), []
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            for _ in range(50):
                make_queue.cache_clear()
                found.append({id(queue) for queue in pool.map(ask, range(8))})
    finally:
        sys.setswitchinterval(before)
    assert all(len(queues) == 1 for queues in found)


def test_the_length_of_a_queue_is_remembered_for_a_moment(
    api, own_redis, model, settings, monkeypatch
):
    predict(api, picture("red"), "respond-async")
    get_queue("predictions").empty()  # another process sees to the rest
    settings.QUEUE_LIMIT = 3
    assert queue.lengths["predictions"][0] == 1
    asked = []
    monkeypatch.setattr(type(get_queue("bulk")), "count", property(asked.append))
    assert not no_room("predictions", 1)
    assert asked == []


def test_the_length_of_a_queue_is_read_again_when_it_is_old_or_near_the_limit(
    api, own_redis, model, settings, monkeypatch
):
    predict(api, picture("red"), "respond-async")
    settings.QUEUE_LIMIT = 1
    assert no_room("predictions", 1)
    settings.QUEUE_LIMIT = 3
    get_queue("predictions").push_job_id("another")
    get_queue("predictions").push_job_id("and another")
    assert not no_room("predictions", 1)
    monkeypatch.setattr(queue, "PLENTY_SECONDS", 0)
    assert no_room("predictions", 1)


def test_the_wait_for_an_answer_may_exceed_the_timeout_of_the_redis_socket(own_redis, settings):
    for queue_of_rq in settings.RQ_QUEUES.values():
        queue_of_rq["URL"] += "&socket_timeout=1"
    forget_connections()

    assert wait_for_result(uuid4(), 2) is None
