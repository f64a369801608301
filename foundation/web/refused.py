"""Requests that are refused while they arrive, before gunicorn and Django see them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from foundation.web.codes import problem

NO_ROOM = "The request cannot be buffered; the disk may be full. Try again in a moment."
LONG_LINE = "The URL is too long."
LONG_HEAD = "The headers of the request are too long."


class Refused(Exception):
    """A request that is refused before a thread gets it."""

    def __init__(self, status: int, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.status = f"{status} {reason}"
        body = json.dumps(problem(status, detail))
        self.answer = (
            f"HTTP/1.1 {self.status}\r\nConnection: close\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        ).encode()


@contextmanager
def no_room_is_said() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Refused(503, "Service Unavailable", NO_ROOM) from error
