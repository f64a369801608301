"""What a worker deletes now and then: pictures that have expired, and files that nothing needs."""

import logging
from time import monotonic
from typing import Any, cast

from django.conf import settings

from foundation.storage.lasting import StorageUnreachable
from predictions.models import Prediction
from predictions.pictures import retention, sweeping
from predictions.queueing import model_orphans
from predictions.queueing.queue import queues

logger = logging.getLogger(__name__)

EXPIRED_AT_ONCE = 100
LOOKED, LOOK_EVERY = "classifier:expired", 3600  # seconds; it reads through all pictures
SWEPT, SWEEP_EVERY = "classifier:swept", 86_400
# Folders that are still to be swept today.
FOLDERS = "classifier:sweep"
SWEEP_SECONDS = 0.5  # at a time; a worker answers nothing meanwhile


def delete_expired_now_and_then(**kwargs: Any) -> None:
    connection = queues()[0].connection
    if settings.RETENTION_DAYS is None or connection.exists(LOOKED):
        return
    if retention.delete_expired(EXPIRED_AT_ONCE) < EXPIRED_AT_ONCE:  # or there may be more
        connection.set(LOOKED, 1, ex=LOOK_EVERY)


def sweep_now_and_then(**kwargs: Any) -> None:
    """All folders once a day, some at a time; those below a folder when it has been looked at."""
    connection = queues()[0].connection
    # Without any prediction the database is being restored, table by table.
    if connection.exists(SWEPT) or not Prediction.everything.exists():
        return
    if not connection.exists(FOLDERS):
        connection.rpush(FOLDERS, *sweeping.folders)
    until = monotonic() + SWEEP_SECONDS
    while monotonic() < until:
        folder = cast(bytes | None, connection.lpop(FOLDERS))
        if folder is None:
            try:
                model_orphans.sweep()
                sweeping.clear_unfinished()
            except OSError as error:
                logger.error("Models and unfinished uploads are swept tomorrow: %s", error)
            connection.set(SWEPT, 1, ex=SWEEP_EVERY)
            return
        try:
            _, inside = sweeping.sweep(folder.decode())
        except StorageUnreachable as error:
            logger.error("Files are swept later: %s", error)
            connection.lpush(FOLDERS, folder)
            return
        if inside:
            connection.rpush(FOLDERS, *inside)
