"""Changes of tables that others use at the same time."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

from django.db import OperationalError, connection, transaction

LOCK = 0x6665_6564  # "feed": one transaction of this kind at a time
# Whoever needs the table queues behind a lock that is waited for, so it is given up on soon. It is
# less than deadlock_timeout, too: in a deadlock this side gives way.
LOCK_TIMEOUT = "200ms"
PAUSE, TRIES = 1.0, 300  # seconds; until a long transaction of somebody else has ended
GIVEN_UP = {"55P03", "40P01"}  # lock_not_available, deadlock_detected

T = TypeVar("T")


class Busy(Exception):
    """Somebody else held a lock for too long. What has been done is kept."""

    def __init__(self) -> None:
        super().__init__(
            "Others have used the tables for five minutes, such as a backup. Run it again to go on."
        )


def patiently(step: Callable[[Any], T], tries: int = TRIES) -> T:
    """Does it in a transaction of its own, with a cursor, as soon as others let it.

    Raises Busy.
    """
    for attempt in range(tries):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
                return step(cursor)
        except OperationalError as error:
            if getattr(error.__cause__, "pgcode", None) not in GIVEN_UP:
                raise
            if attempt < tries - 1:
                time.sleep(PAUSE)
    raise Busy
