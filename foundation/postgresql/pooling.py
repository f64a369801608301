"""A pooler such as PgBouncer before PostgreSQL, and the way past it.

In transaction mode a pooler gives each transaction whichever session is free. The service needs no
more than that. Some of its commands do: pg_dump and pg_restore empty the search path of their
session, and an index built beside other writes takes its memory from a setting that no transaction
can limit. Whoever got that session next would inherit both.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection


class Pooled(Exception):
    """What needs a session of its own would get one that others use as well."""

    def __init__(self) -> None:
        super().__init__(
            "DATABASE_URL leads to a connection pooler, and this needs a session of its own. Set "
            "DATABASE_DIRECT_URL to PostgreSQL itself."
        )


def is_pooled() -> bool:
    """Whether a pooler answers: it tells libpq another process than the one that does the work.

    Raises DatabaseError.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [works] = cursor.fetchone()
        return bool(works != cursor.connection.get_backend_pid())


@contextmanager
def own_session() -> Iterator[None]:
    """In a `with` block this thread's connection is DATABASE_DIRECT_URL's, if there is one.

    Raises:
        Pooled
        DatabaseError
    """
    if settings.DATABASE_DIRECT is None:
        if is_pooled():
            raise Pooled
        yield
        return
    before = connection.settings_dict
    connection.close()
    connection.settings_dict = {**before, **settings.DATABASE_DIRECT}
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict = before
