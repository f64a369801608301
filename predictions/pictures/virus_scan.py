"""Uploads pass through a virus scanner before anything else is done with them, if one is set.

clamd's protocol is spoken here: of its clients on PyPI, clamav-client is under the GPL, clamd and
pyClamd are under the LGPL, and aioclamd knows no Unix sockets.
"""

import logging
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from predictions.pictures.checks import Malicious
from predictions.pictures.uploads import PictureUpload
from predictions.refusals import NotScanned

logger = logging.getLogger(__name__)

CONNECT_SECONDS = 3
SCAN_SECONDS = 10  # to send a file, scan it and answer
PAUSE_SECONDS = 5  # in which a clamd that let a connection time out is not tried again
ANSWER_BYTES = 4096

not_before = 0.0  # when it is, on time.monotonic's clock


class ScanError(Exception):
    """clamd was reached, and gave no verdict on the file."""


def scan(upload: PictureUpload) -> None:
    """Lets a clean file pass. Does nothing unless a scanner is set.

    Whether the file is known already makes no difference: signatures learn.

    Raises:
        Malicious
        NotScanned
    """
    if not settings.CLAMD_URL or upload.too_large or not upload.is_kept:
        return  # what is too large, or found no room, arrives without content
    try:
        signature = find_signature(upload)
    except (OSError, ScanError) as error:
        # Somebody can send a file that clamd breaks off: it is accepted with neither setting.
        if settings.CLAMD_UNREACHABLE == "accept" and not isinstance(error, ScanError):
            logger.warning("A picture is accepted without a virus scan: %s", error)
            return
        logger.error("A picture is refused for want of a virus scan: %s", error)
        raise NotScanned from error
    finally:
        upload.seek(0)
    if signature:
        logger.warning(
            "A malicious file is refused: %s found in %r, SHA-256 %s",
            signature,
            upload.name,
            upload.sha256,
        )
        raise Malicious(
            _("The virus scanner reports that this file is malicious. It was not stored.")
        )


def find_signature(upload: PictureUpload) -> str:
    """Name of what clamd finds in the file; empty for a clean one.

    Raises:
        OSError: clamd cannot be reached.
        ScanError
    """
    answer = ask(upload)
    if answer == "stream: OK":
        return ""
    if answer.endswith(" FOUND"):
        return answer.removeprefix("stream: ").removesuffix(" FOUND")
    if not answer or "size limit exceeded" in answer:
        raise ScanError(
            f"clamd broke off a file of {upload.size:,} bytes ({answer or 'no answer'}); "
            f"its StreamMaxLength must be at least {settings.MAX_FILE_BYTES:,}."
        )
    raise ScanError(f"clamd answered {answer!r}")


def ask(upload: PictureUpload) -> str:
    """clamd's answer to the file, empty if it hangs up without one (clamd(8), INSTREAM).

    Raises:
        OSError: it cannot be reached.
        ScanError: it does not answer in time.
    """
    deadline = time.monotonic() + SCAN_SECONDS
    answer = b""
    with connect() as connection:
        try:
            with suppress(BrokenPipeError, ConnectionResetError):  # it may have said why before
                for piece in stream(upload):
                    connection.settimeout(seconds_until(deadline))
                    connection.sendall(piece)
            with suppress(ConnectionResetError):
                while not answer.endswith(b"\0") and len(answer) < ANSWER_BYTES:
                    connection.settimeout(seconds_until(deadline))
                    received = connection.recv(ANSWER_BYTES)
                    if not received:
                        break
                    answer += received
        except TimeoutError as error:
            raise ScanError(f"clamd did not answer within {SCAN_SECONDS} seconds") from error
    return answer.rstrip(b"\0").decode(errors="replace")


def stream(upload: PictureUpload) -> Iterator[bytes]:
    """The command, and the file in pieces with their lengths before them, the last one empty."""
    yield b"zINSTREAM\0"
    for chunk in upload.chunks():
        yield struct.pack("!L", len(chunk)) + chunk
    yield struct.pack("!L", 0)


def connect() -> socket.socket:
    """Raises OSError.

    A machine that is gone lets each connection time out, and a request may bring a thousand files.
    """
    global not_before
    if time.monotonic() < not_before:
        raise TimeoutError("clamd did not answer a moment ago")
    url = settings.CLAMD_URL
    try:
        if url.startswith("tcp:"):
            address = urlsplit(url)
            return socket.create_connection((address.hostname, address.port), CONNECT_SECONDS)
        with ExitStack() as undone:
            connection = undone.enter_context(socket.socket(socket.AF_UNIX))
            connection.settimeout(CONNECT_SECONDS)
            connection.connect(url.removeprefix("unix://"))
            undone.pop_all()
            return connection
    except TimeoutError as error:
        not_before = time.monotonic() + PAUSE_SECONDS
        raise TimeoutError(f"no connection within {CONNECT_SECONDS} seconds") from error
    except OSError as error:
        raise OSError(f"{url} cannot be reached: {error}") from error


def seconds_until(deadline: float) -> float:
    """Raises TimeoutError once it has passed."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
