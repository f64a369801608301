"""A replica that hangs: it is asked with a time limit, and nobody waits for it any longer.

Such a server closes no connection, and its machine acknowledges what it is sent, so that libpq
waits for ever. Neither `connect_timeout` nor keepalives nor `tcp_user_timeout` end that.
"""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from select import POLLIN, POLLOUT, poll
from threading import Lock
from time import monotonic
from typing import Any

import psycopg2
from django.db import OperationalError, connections
from psycopg2.extensions import POLL_OK, POLL_READ

from foundation.postgresql.replica import REPLICA

SECONDS = 3  # to connect, if that is needed, and to answer


class NoAnswer(OperationalError):
    def __init__(self) -> None:
        super().__init__("It does not answer.")


class Asking:
    """A connection for statements that have their time, and then have failed."""

    def __init__(self) -> None:
        self.connection: Any = None

    def ask(self, statement: str) -> tuple[Any, ...]:
        """The first row. Raises DatabaseError, of which NoAnswer is one."""
        until = monotonic() + SECONDS
        django = connections[REPLICA]
        try:
            with django.wrap_database_errors:
                if not self.is_usable():
                    self.close()
                    self.connection = psycopg2.connect(
                        **django.get_connection_params(), async_=True
                    )
                    self.wait(until)
                with self.connection.cursor() as cursor:
                    cursor.execute(statement)
                    self.wait(until)
                    row: tuple[Any, ...] = cursor.fetchone()
                    return row
        except BaseException:
            self.close()
            raise

    def wait(self, until: float) -> None:
        while (state := self.connection.poll()) != POLL_OK:
            ready = poll()  # anew: while it connects, the descriptor may become another
            ready.register(self.connection, POLLIN if state == POLL_READ else POLLOUT)
            if not ready.poll(max(0.0, until - monotonic()) * 1000):
                raise NoAnswer

    def is_usable(self) -> bool:
        """Whether it is there and the server has not closed it since."""
        if self.connection is None or self.connection.closed:
            return False
        unasked = poll()
        unasked.register(self.connection, POLLIN)
        return not unasked.poll(0)

    def close(self) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None


class Waiting:
    """Statements that wait for its answer, in all threads of this process."""

    def __init__(self) -> None:
        self.sockets: set[socket.socket] = set()
        self.lock = Lock()

    def __bool__(self) -> bool:
        return bool(self.sockets)

    @contextmanager
    def on(self, connection: Any) -> Iterator[None]:
        """In a `with` block this connection of psycopg2 waits."""
        # Another descriptor: libpq closes its own when it likes, whose number another file gets.
        with socket.socket(fileno=os.dup(connection.fileno())) as same:
            with self.lock:
                self.sockets.add(same)
            try:
                yield
            finally:
                with self.lock:
                    self.sockets.discard(same)

    def end(self) -> None:
        """To each of them it is as if the server had closed its connection."""
        with self.lock:
            for each in self.sockets:
                with suppress(OSError):  # it has
                    each.shutdown(socket.SHUT_RDWR)
