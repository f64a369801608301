"""Keeps slow clients away from gunicorn's threads; written for the gthread worker of gunicorn 27.0.

The gthread worker gives each connection a thread while the request arrives and the response is
sent, and closes connections in its event loop, which waits two seconds for each client. Here the
event loop does all of this without waiting (client_socket.py), and a thread gets a request once it
is complete.

No TLS and no HTTP/2: both belong to a proxy in front.
"""

import errno
import re
import socket
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from selectors import EVENT_READ, EVENT_WRITE
from time import monotonic
from typing import Any

from gunicorn import util
from gunicorn.workers.gthread import TConn, ThreadWorker

from foundation.memory import give_back
from foundation.web import client_socket
from foundation.web.client_socket import CHUNK, ClientSocket, SlowClients
from foundation.web.refused import Refused

# Bytes of all requests together. Those that do not fit in memory are buffered on disk.
IN_MEMORY = 64 * 1024 * 1024
ALL_KEPT = 512 * 1024 * 1024
LARGE = 4 * 1024 * 1024  # bytes of a request after which freed memory is returned to the system
LOOK_SECONDS = 0.5  # between two looks at who is too slow
# RFC 9112, section 9.6: a connection closed on a client that still sends is reset, and the answer
# may be lost.
CLOSING_SECONDS = 2.0

ALIVE = re.compile(rb"(?:GET|HEAD) /health/live/?[ ?]")


class Connection(TConn):
    stays = False  # after its answer
    begun = b""  # what has come of the next request, if the client did not wait for its answer

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.data_ready = True  # before a thread has it


class BufferingWorker(ThreadWorker):
    def init_process(self) -> None:
        self.clients: set[Connection] = set()
        # What to do with connections in the event loop once they can be read or written.
        self.watched: dict[Connection, Callable[[Connection], None]] = {}
        self.slow = SlowClients(most=max(1, self.cfg.threads // 2))
        # The process reports that it is alive even if all other threads are busy or hang.
        self.spare = ThreadPoolExecutor(1, thread_name_prefix="alive")
        self.next_look = 0.0
        super().init_process()

    def accept(self, listener: socket.socket) -> None:
        try:
            accepted, address = listener.accept()
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE):
                self.make_room()
            elif error.errno not in (errno.EAGAIN, errno.ECONNABORTED):
                raise
            return
        # The address of a Unix socket is empty.
        client = ClientSocket(accepted, self.slow, address[0] if address else "")
        conn = Connection(self.cfg, client, address, listener.getsockname())
        self.clients.add(conn)
        self.nr_conns += 1
        if self.nr_conns >= self.worker_connections:
            self.make_room()
        self.attempt(self.receive, conn)

    # --- A request arrives ---------------------------------------------------------------------

    def receive(self, conn: Connection) -> None:
        client: ClientSocket = conn.sock
        try:
            is_complete = client.receive()
            if client.size > CHUNK and not client.is_on_disk and self.in_memory() > IN_MEMORY:
                client.spill()
        except BlockingIOError:
            is_complete = False
        except Refused as refusal:
            return self.refuse(conn, refusal)
        except OSError:
            return self.end(conn)
        if client.is_cut:
            return self.give_up(conn)
        if is_complete:
            return self.enqueue_req(conn)
        self.watch(conn, EVENT_READ, self.receive)
        if client.size > CHUNK and self.kept() > ALL_KEPT:
            self.give_up(max(self.watched, key=lambda each: each.sock.size))
        return None

    def refuse(self, conn: Connection, refusal: Refused) -> None:
        self.log.warning("Answered %s: %s", refusal.status, refusal.__cause__ or refusal)
        conn.stays = False  # the start of the next request is unknown
        with suppress(OSError):  # of which `send` will hear as well
            conn.sock.sendall(refusal.answer)
        self.send(conn)

    def in_memory(self) -> int:
        return sum(conn.sock.size for conn in self.clients if not conn.sock.is_on_disk)

    def kept(self) -> int:
        """Bytes of all buffered requests, except those that are being refused."""
        return sum(conn.sock.size for conn in self.clients if not conn.sock.is_cut)

    def enqueue_req(self, conn: Connection) -> None:
        self.unwatch(conn)
        # On the first request of a connection, the response always fits in the socket's buffer.
        is_probe = conn.parser is None and ALIVE.match(conn.sock.head)
        conn.sock.hand_over()
        future = (self.spare if is_probe else self.tpool).submit(self.handle, conn)
        future.add_done_callback(
            lambda done: self.method_queue.defer(self.attempt, self.finish_request, conn, done)
        )

    def handle_request(self, req: Any, conn: Connection) -> Any:
        if conn.sock.is_stream:  # the rest has an unknown length
            req.force_close()
        return super().handle_request(req, conn)

    # --- An answer leaves ----------------------------------------------------------------------

    def finish_request(self, conn: Connection, done: Future[Any]) -> None:
        client: ClientSocket = conn.sock
        conn.stays = not done.cancelled() and not done.exception() and bool(done.result())
        conn.begun = conn.parser.unreader.take_buffered() if conn.stays else b""
        if conn.stays and not client.is_cut:
            conn.begun += client.request.read()
        client.request.close()
        if client.size + client.streamed > LARGE:
            give_back()
        client.size = 0
        client.deadline = monotonic() + client_socket.SECONDS_BEHIND
        self.send(conn)

    def send(self, conn: Connection) -> None:
        client: ClientSocket = conn.sock
        try:
            is_left = client.push()
            if is_left:
                return self.watch(conn, EVENT_WRITE, self.send)
            if conn.stays:
                return self.expect_request(conn)
            client.shutdown(socket.SHUT_WR)
        except OSError:
            return self.end(conn)
        client.deadline = monotonic() + CLOSING_SECONDS
        return self.watch(conn, EVENT_READ, self.discard)

    def expect_request(self, conn: Connection) -> None:
        try:
            is_complete = conn.sock.expect_request(conn.begun, self.cfg.keepalive)
        except Refused as refusal:
            return self.refuse(conn, refusal)
        if is_complete:
            self.enqueue_req(conn)
        else:
            self.watch(conn, EVENT_READ, self.receive)
        return None

    def discard(self, conn: Connection) -> None:
        try:
            is_over = conn.sock.discard()
        except BlockingIOError:
            return
        except OSError:
            is_over = True
        if is_over:
            self.end(conn)

    # --- Whom the event loop waits for -----------------------------------------------------------

    def watch(self, conn: Connection, events: int, act: Callable[[Connection], None]) -> None:
        if conn not in self.watched:
            self.poller.register(conn.sock, events, partial(self.go_on, conn))
        elif self.watched[conn] != act:
            self.poller.modify(conn.sock, events, partial(self.go_on, conn))
        self.watched[conn] = act

    def unwatch(self, conn: Connection) -> None:
        if self.watched.pop(conn, None):
            self.poller.unregister(conn.sock)

    def go_on(self, conn: Connection, _: object) -> None:
        if act := self.watched.get(conn):  # otherwise it was closed earlier in this turn
            self.attempt(act, conn)

    def attempt(self, act: Callable[..., None], conn: Connection, *args: Any) -> None:
        """An error in one connection closes it, not the event loop."""
        try:
            act(conn, *args)
        except Exception:
            self.log.exception("A connection was closed after an error")
            self.end(conn)

    def give_up(self, conn: Connection) -> None:
        """Lets the site report an incomplete body, or just closes the connection."""
        client: ClientSocket = conn.sock
        if self.watched.get(conn, self.receive) == self.receive and client.missing is not None:
            client.is_cut = True
            self.enqueue_req(conn)
        else:
            self.end(conn)

    def end(self, conn: Connection) -> None:
        if conn not in self.clients:
            return
        self.unwatch(conn)
        self.clients.remove(conn)
        self.nr_conns -= 1
        util.close(conn.sock)

    def make_room(self) -> None:
        """Closes the slowest connection of the address that has the most."""
        if self.watched:
            many = Counter(conn.sock.address for conn in self.clients)
            self.end(
                max(self.watched, key=lambda conn: (many[conn.sock.address], -conn.sock.deadline))
            )

    # --- gunicorn's loop calls these at each turn, and when it stops -----------------------------

    def murder_keepalived(self, force: bool = False) -> None:
        now = monotonic()
        if now < self.next_look and not force:
            return
        self.next_look = now + LOOK_SECONDS
        for conn in [conn for conn in self.watched if force or conn.sock.deadline < now]:
            self.attempt(self.end if force else self.give_up, conn)

    def murder_pending(self) -> None:
        """There are none."""

    def _cap_keepalive(self, deadline: float) -> None:
        for conn in self.watched:
            if not conn.sock.size:
                conn.sock.deadline = min(conn.sock.deadline, deadline)
