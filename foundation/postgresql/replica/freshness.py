"""Whether the replica answers and has what the primary had a moment ago.

A thread looks, while requests ask or wait for the replica, so that none of them waits for one that
is gone.
"""

import logging
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock, Thread
from time import monotonic, sleep
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, connections
from django.db import Error as DatabaseError

from foundation.postgresql.replica.hanging import Asking, NoAnswer, Waiting

logger = logging.getLogger(__name__)

LOOK_EVERY = 1.0  # seconds
BEHIND = 3  # seconds that the replica may be behind
WHICH = "SELECT system_identifier FROM pg_control_system()"  # a primary and its replicas agree
# Not the insert position, which is behind the header of a page that has only just begun, where no
# replica arrives before there is more.
WRITTEN = "SELECT pg_current_wal_lsn()"
REPLAYED = "SELECT system_identifier, pg_last_wal_replay_lsn() FROM pg_control_system()"


class Sample(NamedTuple):
    at: float  # of monotonic()
    position: int  # bytes of WAL that the primary had written


class NotAReplica(Exception):
    """It answers, and is another database, or no longer a replica."""


class Freshness:
    """What this process knows of the replica."""

    def __init__(self) -> None:
        self.fresh_until = self.next_look = float("-inf")
        self.samples: deque[Sample] = deque()
        self.is_wanted = Event()
        self.lock = Lock()
        self.thread: Thread | None = None  # started when needed, after gunicorn has forked
        self.is_away = False
        self.replica = Asking()
        self.waiting = Waiting()

    def is_fresh(self) -> bool:
        """As of the last look; has the thread look again."""
        now = monotonic()
        if now >= self.next_look:
            self.is_wanted.set()
            with self.lock:
                if self.thread is None:
                    self.thread = Thread(target=self.keep_looking, name="replica", daemon=True)
                    self.thread.start()
        return now < self.fresh_until

    @contextmanager
    def waits(self, connection: Any) -> Iterator[None]:
        """In a `with` block this connection waits for the replica; it is ended if that hangs."""
        with self.waiting.on(connection):
            self.is_wanted.set()
            yield

    def keep_looking(self) -> None:
        while self.is_wanted.wait():
            sleep(max(0.0, self.next_look - monotonic()))
            self.is_wanted.clear()
            self.look()
            if self.waiting:
                self.is_wanted.set()

    def look(self) -> None:
        began = monotonic()
        self.next_look = float("inf")  # until this look is over
        try:
            self.samples.append(Sample(began, written()))
            while self.samples[0].at < began - BEHIND:
                self.samples.popleft()
            since, wanted = self.samples[0]
            if replayed(self.replica) >= wanted:
                self.found(until=began + BEHIND)
            elif began - since >= LOOK_EVERY:  # otherwise nobody has looked lately
                self.lost(f"It is more than {began - since:.1f} seconds behind.")
            else:
                self.fresh_until = float("-inf")
        except NoAnswer as error:
            self.lost(str(error))
            self.waiting.end()
        except (DatabaseError, NotAReplica) as error:
            self.lost(str(error).strip().partition("\n")[0])
        except Exception:
            logger.exception("The replica cannot be looked at.")
            self.fresh_until = float("-inf")
        finally:
            self.next_look = monotonic() + LOOK_EVERY

    def found(self, until: float) -> None:
        self.fresh_until = until
        if self.is_away:
            self.is_away = False
            logger.info("The replica is used again.")

    def lost(self, why: str) -> None:
        """Until the next look the primary answers."""
        self.fresh_until = float("-inf")
        if not self.is_away:
            self.is_away = True
            logger.warning("The replica is not used until it is there again: %s", why)


def written() -> int:
    """Bytes of WAL that the primary has written in its life. Raises DatabaseError."""
    [position] = ask_primary(WRITTEN)
    return bytes_of(position)


def replayed(replica: Asking) -> int:
    """How many of them the replica has. Raises DatabaseError and NotAReplica."""
    [ours], [theirs, position] = ask_primary(WHICH), replica.ask(REPLAYED)
    if theirs != ours:
        raise NotAReplica("It is a replica of another database.")
    if position is None:
        raise NotAReplica("It is the database itself, or a replica no longer.")
    return bytes_of(position)


def ask_primary(statement: str) -> tuple[Any, ...]:
    connection = connections[DEFAULT_DB_ALIAS]
    connection.close_if_unusable_or_obsolete()
    connection.ensure_connection()
    with connection.wrap_database_errors, connection.connection.cursor() as cursor:
        cursor.execute(statement)
        row: tuple[Any, ...] = cursor.fetchone()
        return row


def bytes_of(position: str) -> int:
    """Of a pg_lsn, whose halves are hexadecimal numbers."""
    high, _, low = position.partition("/")
    return (int(high, 16) << 32) + int(low, 16)


freshness = Freshness()
