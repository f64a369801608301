"""Files of what the database names stay where they are while a backup copies them.

A backup is of the database first and of the files afterwards. What is deleted in between would be
named by the one and be missing in the other, so deletions wait: whoever deletes a file that rows
name asks `may_delete` first, and if it may not, leaves file and row to the next look.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import Error, OperationalError, connection

# The key of PostgreSQL's advisory lock, which deletions share and a backup has alone.
LOCK = 2_026_113_025
PATIENCE = "30s"  # for the deletions that have begun


class Held(Exception):
    """Another backup of this database is running."""


class Lost(Exception):
    """The connection that held the lock is gone, so files may have been deleted since."""


def may_delete() -> bool:
    """Whether no backup is running. In a transaction, until whose end none begins."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock_shared(%s)", [LOCK])
        return bool(cursor.fetchone()[0])


@contextmanager
def deletions_held() -> Iterator[Callable[[], None]]:
    """Nothing is deleted in a `with` block; what it yields raises `Lost` if that failed.

    Raises:
        Held
    """
    with own_transaction() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{PATIENCE}'")
        try:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        except OperationalError as error:
            raise Held from error

        def still_held() -> None:
            try:
                cursor.execute("SELECT 1")
            except Error as error:
                raise Lost from error

        yield still_held


@contextmanager
def own_transaction() -> Iterator[Any]:
    """A cursor for locks that last as long as a `with` block.

    With a connection and a transaction of its own, it also works through PgBouncer and, having no
    snapshot, lets PostgreSQL vacuum.
    """
    holder = connection.copy()
    try:
        holder.set_autocommit(False)
        with holder.cursor() as cursor:
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            yield cursor
    finally:
        holder.close()
