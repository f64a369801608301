"""An object in S3, open for reading: one request for what is read from the front to the back."""

import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

BUFFER = 256 * 1024  # bytes; a jump within it, as between the entries of an archive, costs nothing

Errors = Callable[[], AbstractContextManager[None]]  # what turns S3's errors into OSError


def open_object(client: Any, of: dict[str, str], errors: Errors) -> io.BufferedReader:
    """An object, by its bucket and key. Raises what `errors` makes of it that it is missing."""
    return io.BufferedReader(Reading(client, of, errors), BUFFER)


class Reading(io.RawIOBase):
    """Asks again only for another place, and then for the same version of the object."""

    def __init__(self, client: Any, of: dict[str, str], errors: Errors) -> None:
        super().__init__()
        self.client, self.of, self.errors = client, of, errors
        with errors():
            answer = client.get_object(**of)
        self.body = answer["Body"]
        self.size, self.version = int(answer["ContentLength"]), answer["ETag"]
        self.at = self.body_at = 0  # where we read, and where the answer's body is

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self.at, io.SEEK_END: self.size}[whence]
        if origin + offset < 0:
            raise ValueError("before the beginning")
        self.at = origin + offset
        return self.at

    def readinto(self, buffer: Any) -> int:
        if self.at >= self.size:
            return 0
        with self.errors():
            if self.at != self.body_at:
                self.ask_from_here()
            content: bytes = self.body.read(len(buffer))
        buffer[: len(content)] = content
        self.at = self.body_at = self.at + len(content)
        return len(content)

    def readall(self) -> bytes:
        """At once instead of in the small pieces of a file on disk."""
        if self.at >= self.size:
            return b""
        with self.errors():
            if self.at != self.body_at:
                self.ask_from_here()
            content: bytes = self.body.read()
        self.at = self.body_at = self.size
        return content

    def ask_from_here(self) -> None:
        self.body.close()
        answer = self.client.get_object(**self.of, Range=f"bytes={self.at}-", IfMatch=self.version)
        self.body, self.body_at = answer["Body"], self.at

    def close(self) -> None:
        if not self.closed:
            self.body.close()
        super().close()
