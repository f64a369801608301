"""The connection to the replica, from whose statements the primary takes over when they fail."""

from collections.abc import Callable
from typing import Any

from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connections

from foundation.postgresql import base
from foundation.postgresql.replica.freshness import freshness


class DatabaseWrapper(base.DatabaseWrapper):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.execute_wrappers.insert(0, or_by_the_primary)

    def init_connection_state(self) -> None:
        with freshness.waits(self.connection):
            super().init_connection_state()

    def cursor(self) -> Any:
        if freshness.is_away:  # lost in the middle of this request, say
            return connections[DEFAULT_DB_ALIAS].cursor()
        try:
            return super().cursor()
        except (OperationalError, InterfaceError) as error:
            freshness.lost(first_line(error))
            return connections[DEFAULT_DB_ALIAS].cursor()

    def chunked_cursor(self) -> Any:
        return self.cursor()  # there are no transactions here


def or_by_the_primary(
    execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]
) -> Any:
    """The same statement there: the replica was lost, or it has cancelled the statement because
    what it reads is being replaced (`max_standby_streaming_delay`).
    """
    cursor, replica = context["cursor"], context["connection"]
    try:
        with freshness.waits(replica.connection):
            return execute(sql, params, many, context)
    except (OperationalError, InterfaceError) as error:
        if replica.connection.closed:
            freshness.lost(first_line(error))
            replica.close()
        primary = connections[DEFAULT_DB_ALIAS].cursor()
        cursor.close()
        cursor.cursor, cursor.db = primary.cursor, primary.db
        return execute(sql, params, many, context)


def first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]
