"""Vectors that came with answers are put under their index while nothing waits."""

from time import monotonic
from typing import Any

from predictions.queueing.queue import queues
from predictions.similar import index, table

# Seconds of every 15 (worker.MAINTENANCE_INTERVAL), in steps after which a new picture is taken.
MOST, AT_ONCE = 5, 25


def index_while_idle(**kwargs: Any) -> None:
    """Raises DatabaseError and RedisError."""
    if not table.is_there():
        return
    until = monotonic() + MOST
    for network, number, dimensions in index.fresh():
        if not index.exists(network):
            # With vectors on its side, it is what a backfill makes at its end.
            if number < index.WORTHWHILE or index.dimensions_of(network):
                continue
            index.make(network, dimensions)
        while monotonic() < until and not any(queue.count for queue in queues()):
            if index.move(network, AT_ONCE) < AT_ONCE:
                break
