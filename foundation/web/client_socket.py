"""A client's connection that buffers, as a reverse proxy does, so that no thread waits for it.

A request is buffered until it is complete, in memory or on disk, and so is the part of the response
that the client has not taken yet. Meanwhile the event loop of buffering_worker.py owns the
connection; a thread owns it only in between. So the two never need a lock.

Two things cannot be buffered and occupy a thread while it waits for the client: requests without
a length or larger than WHOLE, and streamed responses. At most half of the threads do this
(SlowClients).
"""

import errno
import os
import re
import select
import socket
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from threading import Lock
from time import monotonic
from typing import Any

from foundation.web.refused import LONG_HEAD, LONG_LINE, Refused, no_room_is_said

# A client is disconnected once it is SECONDS_BEHIND behind the lowest accepted speed, in either
# direction. Mobile lines beyond their allowance are throttled to 64 kbit/s: 8,000 bytes a second.
BYTES_PER_SECOND = 5_000
SECONDS_BEHIND = 20

WHOLE = 21 * 1024 * 1024  # forms and single pictures (settings.MAX_FILE_BYTES) are smaller
UNSENT = 256 * 1024  # bytes of an answer that wait in memory; files stay where they are
CHUNK = 64 * 1024
BODY_CHUNK = 256 * 1024
LONGEST_LINE = 4094  # the first of a request, with its address
LONGEST_HEAD = 64 * 1024

# The headers that determine where a request ends. gunicorn parses them fully and refuses bad ones.
LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,18})[ \t]*\r\n", re.IGNORECASE)
ENDLESS = re.compile(rb"\r\n(?:transfer-encoding|expect):", re.IGNORECASE)


@dataclass
class FilePart:
    """Bytes of an open file that are still to be sent, by its descriptor."""

    file: int
    offset: int
    count: int


class ClientSocket(socket.socket):
    """Stands in for the client's socket in gunicorn. It never blocks the event loop."""

    def __init__(self, accepted: socket.socket, slow: "SlowClients", address: str) -> None:
        kind = accepted.family, accepted.type, accepted.proto
        super().__init__(*kind, fileno=accepted.detach())
        super().setblocking(False)
        if self.family != socket.AF_UNIX and hasattr(socket, "TCP_NOTSENT_LOWAT"):
            # Otherwise the kernel buffers megabytes, and the client's speed cannot be measured.
            self.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, CHUNK)
        self.slow = slow
        self.address = address
        self.awaited = 0  # POLLIN or POLLOUT, by a thread
        self.leaving: deque[memoryview | FilePart] = deque()
        self.unsent = 0
        self.expect_request()

    # --- In the event loop -------------------------------------------------------------------

    def expect_request(self, begun: bytes = b"", seconds: float | None = None) -> bool:
        """Prepares for the next request, of which this part has arrived; returns whether it is
        complete.
        """
        self.request = SpooledTemporaryFile()  # noqa: SIM115  # in memory until `spill`
        self.is_on_disk = False
        self.head = bytearray()
        self.size = 0
        self.missing: int | None = None  # bytes; unknown while the head is incomplete
        self.is_stream = False
        self.is_cut = False
        self.deadline = monotonic() + (SECONDS_BEHIND if seconds is None else seconds)
        return bool(begun) and self._keep(begun)

    def receive(self) -> bool:
        """Buffers what has arrived; returns whether a thread can take the request.

        Raises:
            BlockingIOError: nothing has arrived.
            Refused: the head or the address is too long, or the disk is full.
            OSError: the client has gone.
        """
        data = super().recv(min(BODY_CHUNK, self.missing) if self.missing else CHUNK)
        self.is_cut = not data
        return self.is_cut or self._keep(data)

    def _keep(self, data: bytes) -> bool:
        if not self.size:
            self.deadline = monotonic() + SECONDS_BEHIND
        with no_room_is_said():
            self.request.write(data)
        self.size += len(data)
        self.moved(len(data))
        if self.missing is not None:
            self.missing -= len(data)
            return self.missing <= 0
        searched = max(0, len(self.head) - 3)
        self.head += data
        end = self.head.find(b"\r\n\r\n", searched) + 4
        if end < 4 and len(self.head) > LONGEST_HEAD:
            raise Refused(431, "Request Header Fields Too Large", LONG_HEAD)
        if end < 4:
            return False
        if self.head.find(b"\r\n") > LONGEST_LINE:  # gunicorn would answer in HTML
            raise Refused(414, "URI Too Long", LONG_LINE)
        length = LENGTH.search(self.head, 0, end)
        self.missing = end + (int(length[1]) if length else 0) - self.size
        self.is_stream = self.missing > WHOLE or bool(ENDLESS.search(self.head, 0, end))
        return self.is_stream or self.missing <= 0

    def spill(self) -> None:
        """Moves the buffer to disk. Raises Refused."""
        with no_room_is_said():
            self.request.rollover()
        self.is_on_disk = True

    def moved(self, size: int) -> None:
        """Credits the client with time for the bytes received or sent."""
        latest = monotonic() + SECONDS_BEHIND
        self.deadline = min(latest, self.deadline + size / BYTES_PER_SECOND)

    def discard(self) -> bool:
        """Reads what the client still sends after its response; returns whether it has closed
        its side.
        """
        return not super().recv(CHUNK)

    def push(self) -> bool:
        """Sends what the client takes now; returns whether something is left.

        Raises:
            BrokenPipeError: the client has gone, or a file has become shorter.
        """
        try:
            while self.leaving:
                self._send(self.leaving[0])
        except BlockingIOError:
            return True
        except OSError as error:
            raise BrokenPipeError(errno.EPIPE, str(error)) from error
        return False

    def _send(self, item: memoryview | FilePart) -> None:
        if isinstance(item, FilePart):
            sent = os.sendfile(self.fileno(), item.file, item.offset, item.count)
            if not sent:
                raise OSError("The file has become shorter.")
            item.offset += sent
            item.count -= sent
            if not item.count:
                os.close(item.file)
                self.leaving.popleft()
        else:
            sent = super().send(item)
            self.unsent -= sent
            self.leaving.popleft()
            if sent < len(item):
                self.leaving.appendleft(item[sent:])
        self.moved(sent)

    def close(self) -> None:
        self.request.close()
        for item in self.leaving:
            if isinstance(item, FilePart):
                os.close(item.file)
        self.leaving.clear()
        super().close()

    # --- In a thread, called by gunicorn -------------------------------------------------------

    def hand_over(self) -> None:
        """Gives the connection to a thread, and its client a new time allowance."""
        self.request.seek(0)
        self.left = self.handed_over = monotonic()
        self.deadline = self.left + SECONDS_BEHIND
        self.streamed = 0
        self.is_given_up = False

    def recv(self, size: int, flags: int = 0) -> bytes:
        """Reads from the request, waiting for more if it is streamed; returns nothing if the client
        was disconnected.

        Then the body ends before its Content-Length, and the site reports that.
        """
        data = self.request.read(size)
        if data or self.is_cut:
            return data
        try:
            data = super().recv(size) if self._wait(select.POLLIN) else b""
        except OSError:
            data = b""
        self.streamed += len(data)
        self.moved(len(data))
        self.is_cut = not data
        return data

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Raises BrokenPipeError if the client has disconnected or was disconnected."""
        self.leaving.append(memoryview(data))
        self.unsent += len(data)
        self.push()
        while self.unsent > UNSENT:
            unsent = self.unsent
            if not self._wait(select.POLLOUT):
                raise BrokenPipeError(errno.EPIPE, "The client reads its response too slowly.")
            self.push()
            self.streamed += unsent - self.unsent

    def send(self, data: Any, flags: int = 0) -> int:
        self.sendall(data)
        return len(data)

    def sendfile(self, file: Any, offset: int = 0, count: int | None = None) -> int:
        """gunicorn always says how many bytes, and closes the file before they are sent."""
        assert count is not None  # noqa: S101
        self.leaving.append(FilePart(os.dup(file.fileno()), offset, count))
        self.push()
        return count

    def setblocking(self, flag: bool) -> None:
        """Threads wait only in `recv` and `sendall`."""

    def settimeout(self, value: float | None) -> None:
        """As `setblocking`."""

    def _wait(self, event: int) -> bool:
        """Waits until the client sends or takes something; False if it was disconnected."""
        self.deadline += monotonic() - self.left  # our own delays do not count against the client
        poller = select.poll()
        poller.register(self, event)
        with self.slow.wait_for(self, event):
            ready = poller.poll(1000 * max(0.0, self.deadline - monotonic()))
        self.left = monotonic()
        return bool(ready) and not self.is_given_up

    def speed(self) -> float:
        """Bytes a second while a thread has it. New clients start with a high value."""
        return (self.streamed + CHUNK) / (monotonic() - self.handed_over + 0.1)

    def give_up(self) -> None:
        """Called by another thread: ends the wait. A client that was sending gets a reason."""
        self.is_given_up = True
        with suppress(OSError):
            self.shutdown(socket.SHUT_RD if self.awaited == select.POLLIN else socket.SHUT_RDWR)


class SlowClients:
    """The clients that threads wait for. When there are too many, one is disconnected.

    That is the slowest of the address that has the most: otherwise a client that keeps
    reconnecting would cut off everybody who is slower than a new client seems.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.clients: set[ClientSocket] = set()
        self.lock = Lock()

    @contextmanager
    def wait_for(self, client: ClientSocket, event: int) -> Iterator[None]:
        with self.lock:
            if len(self.clients) >= self.most:
                many = Counter(each.address for each in (*self.clients, client))
                slowest = min(self.clients, key=lambda each: (-many[each.address], each.speed()))
                self.clients.remove(slowest)
                slowest.give_up()
            client.awaited = event
            self.clients.add(client)
        try:
            yield
        finally:
            with self.lock:
                self.clients.discard(client)
