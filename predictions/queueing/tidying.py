"""What a worker deletes now and then: pictures that have expired."""

from typing import Any

from django.conf import settings

from predictions.pictures import retention
from predictions.queueing.queue import queues

EXPIRED_AT_ONCE = 100
LOOKED, LOOK_EVERY = "classifier:expired", 3600  # seconds; it reads through all pictures


def delete_expired_now_and_then(**kwargs: Any) -> None:
    connection = queues()[0].connection
    if settings.RETENTION_DAYS is None or connection.exists(LOOKED):
        return
    if retention.delete_expired(EXPIRED_AT_ONCE) < EXPIRED_AT_ONCE:  # or there may be more
        connection.set(LOOKED, 1, ex=LOOK_EVERY)
