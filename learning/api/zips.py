"""ZIP files that programs send: taken from the request, and kept until a worker has read them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rest_framework.exceptions import APIException, ParseError
from rest_framework.request import Request

from foundation.storage.lasting import StorageUnreachable
from learning.api.access import refusals
from learning.uploads import FIELD
from predictions.pictures.uploads import PictureUpload

NO_ARCHIVE = "Send a ZIP file in the field archive. Its name ends with .zip."
NO_ROOM = "The archive could not be stored; the disk may be full. Try later."


class NoRoom(APIException):
    status_code = 503
    default_detail = NO_ROOM
    default_code = "not_stored"
    wait = 60  # seconds, which DRF says as Retry-After


def sent_zip(request: Request) -> Any:
    """Raises ParseError and NoRoom."""
    file: Any = request.FILES.get(FIELD)
    if file is None or isinstance(file, PictureUpload):
        raise ParseError(NO_ARCHIVE, "no_file")
    if not file.is_kept:
        raise NoRoom
    return file


@contextmanager
def keeping() -> Iterator[None]:
    """Says why a file was not taken: one of `refusals`, or that there is no room for it.

    Raises:
        NoRoom
        StorageUnreachable: which the site answers by itself.
    """
    try:
        with refusals():
            yield
    except StorageUnreachable:
        raise
    except OSError as error:
        raise NoRoom from error
