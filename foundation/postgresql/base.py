"""Django's PostgreSQL, which detects closed connections without a round trip, and times statements.

Django runs `SELECT 1` before the first query of each request, which takes as long as the query.
"""

from collections.abc import Callable
from select import POLLIN, poll
from time import perf_counter
from typing import Any

from django.conf import settings
from django.db import DatabaseError, OperationalError
from django.db.backends.postgresql import base

from foundation.observability import tracing
from foundation.observability.counters import query_seconds


def timed(execute: Callable[..., Any], *statement: Any) -> Any:
    began = perf_counter()
    try:
        return execute(*statement)
    finally:
        query_seconds.observe(perf_counter() - began)


def losses_told(
    execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    """Raises OperationalError for each lost connection, which is closed then.

    psycopg2 2.9 raises its plain DatabaseError, and takes the connection for open, where a server
    that crashes or stops at once has warned of it before it closed.
    """
    try:
        return execute(sql, params, many, context)
    except DatabaseError as error:
        if type(error) is not DatabaseError:
            raise
        context["connection"].connection.close()
        raise OperationalError(*error.args) from error


class DatabaseWrapper(base.DatabaseWrapper):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.execute_wrappers += [losses_told, timed]
        if settings.OTEL_EXPORTER_OTLP_ENDPOINT:
            self.execute_wrappers.append(tracing.statement)

    def chunked_cursor(self) -> Any:
        """For `QuerySet.iterator()`: a cursor of the server's within a transaction alone.

        Elsewhere Django has it outlive its transaction, which a pooler in transaction mode breaks.
        """
        return self.cursor() if self.get_autocommit() else super().chunked_cursor()

    def is_usable(self) -> bool:
        if self.connection is None or self.connection.closed:
            return False
        # The server sends unprompted data when it closes a connection. (Rarely, to report a changed
        # setting: then the connection is replaced needlessly.)
        unasked = poll()
        unasked.register(self.connection, POLLIN)
        return not unasked.poll(0)
