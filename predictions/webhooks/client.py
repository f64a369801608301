"""One request to a stranger's server, within limits of time and bytes."""

import http.client
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Timer
from typing import NamedTuple
from urllib.parse import urlsplit

from predictions.webhooks.addresses import NotPublic, resolve

CONNECT_SECONDS = 5
ALL_SECONDS = 15  # from the connection to the headers of the response; 15 to 30 are recommended
ADDRESSES_TRIED = 2


class Outcome(NamedTuple):
    status: int | None  # None: there was no response
    error: str = ""
    retry_after: int = 0  # seconds

    @property
    def is_success(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def post(url: str, body: bytes, headers: dict[str, str]) -> Outcome:
    """Connects to the very address that was checked. Follows no redirect, reads no body."""
    parts = urlsplit(url)
    target = parts.path or "/"
    if parts.query:
        target += f"?{parts.query}"
    try:
        with connected(url) as sock, closed_after(ALL_SECONDS, sock) as expired:
            connection = http.client.HTTPConnection(parts.netloc)
            connection.sock = sock
            connection.request("POST", target, body, {"Host": parts.netloc, **headers})
            response = connection.getresponse()
            if expired.is_set():  # headers that were cut off look as if they had ended
                return Outcome(None, "No response: it took too long.")
            return Outcome(
                response.status,
                "" if 200 <= response.status < 300 else f"HTTP {response.status}",
                seconds(response.headers.get("Retry-After", "")),
            )
    except NotPublic:
        return Outcome(None, "The host has an address that is not public.")
    except socket.gaierror:
        return Outcome(None, "The host is unknown.")
    except ssl.SSLError as error:
        return Outcome(None, f"TLS: {error.reason or 'failed'}"[:200])
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Outcome(None, f"No response: {str(error) or type(error).__name__}"[:200])


@contextmanager
def connected(url: str) -> Iterator[socket.socket]:
    """Raises NotPublic, OSError."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    last: OSError | None = None
    for address in resolve(parts)[:ADDRESSES_TRIED]:
        try:
            sock = socket.create_connection((address, port), CONNECT_SECONDS)
            break
        except OSError as error:
            last = error
    else:
        raise last or OSError("no address")
    with sock:
        if parts.scheme != "https":
            yield sock
            return
        with ssl.create_default_context().wrap_socket(sock, server_hostname=parts.hostname) as tls:
            tls.settimeout(ALL_SECONDS)
            yield tls


@contextmanager
def closed_after(limit: int, sock: socket.socket) -> Iterator[Event]:
    """A timeout of the socket alone would allow a byte now and then for ever.

    The event is set once the time is over.
    """
    expired = Event()

    def close() -> None:
        expired.set()
        with suppress(OSError):  # it has just ended
            # Not the method of an SSLSocket, which forgets its state under the reading thread.
            socket.socket.shutdown(sock, socket.SHUT_RDWR)

    timer = Timer(limit, close)
    timer.daemon = True
    timer.start()
    try:
        yield expired
    finally:
        timer.cancel()


def seconds(retry_after: str) -> int:
    """0 for a date, which is not worth a parser here."""
    return int(retry_after) if retry_after.isascii() and retry_after.isdigit() else 0
