"""The coming months' tables."""

import re
from functools import partial
from typing import Any

from django.db import connection

from feedback.partitions.months import (
    OTHERS,
    TABLE,
    Month,
    is_partitioned,
    last_wanted,
    months,
    tables_of,
)
from feedback.partitions.patience import TRIES, Busy, patiently
from feedback.partitions.references import drop_references, make_references, validate_references
from predictions.queueing.queue import queues

MADE, MAKE_EVERY = "classifier:months", 86_400  # seconds

# Whether there is feedback of a month that had no table yet.
WAITING = f"SELECT EXISTS (SELECT FROM {OTHERS} WHERE id >= %s AND id < %s)"
MOVE = f"""
    WITH moved AS (DELETE FROM {OTHERS} WHERE id >= %s AND id < %s RETURNING *)
    INSERT INTO {{table}} SELECT * FROM moved
"""


def missing() -> list[Month]:
    """Months that have no table yet, the earliest first; none while feedback is one table."""
    with connection.cursor() as cursor:
        if not is_partitioned(cursor):
            return []
        named = [re.fullmatch(r"feedback_(\d{4})_(\d\d)", name) for name in tables_of(cursor)]
    last = max(Month(*map(int, found.groups())) for found in named if found)
    return months(last.following, last_wanted()) if last < last_wanted() else []


def make_missing(tries: int = TRIES) -> None:
    """Raises Busy."""
    if not (without := missing()):
        return
    for month in without:
        patiently(partial(make, month), tries)
    for validate in patiently(validate_references, tries):
        patiently(validate, tries)
    # Which PostgreSQL does by itself for each month, and never for all.
    patiently(lambda cursor: cursor.execute(f"ANALYZE {TABLE}"), tries)


def make(month: Month, cursor: Any) -> None:
    """Its table, with what was said before it had one."""
    if month.table in tables_of(cursor):
        return
    cursor.execute(f"LOCK TABLE {TABLE} IN ACCESS EXCLUSIVE MODE")
    ids = [month.first_id, month.following.first_id]
    cursor.execute(WAITING, ids)
    [is_waited_for] = cursor.fetchone()
    # To a foreign key a row that moves from one table to the other is gone.
    references = drop_references(cursor) if is_waited_for else []
    cursor.execute(f"CREATE TABLE {month.table} (LIKE {TABLE} INCLUDING ALL)")
    cursor.execute(MOVE.format(table=month.table), ids)
    cursor.execute(
        f"ALTER TABLE {TABLE} ATTACH PARTITION {month.table} FOR VALUES FROM (%s) TO (%s)", ids
    )
    make_references(cursor, references)


def make_missing_now_and_then(**kwargs: Any) -> None:
    """Once a day; where somebody holds a lock, with the next look again."""
    redis = queues()[0].connection
    if redis.set(MADE, 1, ex=MAKE_EVERY, nx=True):
        try:
            make_missing(tries=1)
        except Busy:
            redis.delete(MADE)
