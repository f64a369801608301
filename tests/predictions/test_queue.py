"""The queue objects of a process."""

import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from predictions.queue import get_queue, make_queue


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
