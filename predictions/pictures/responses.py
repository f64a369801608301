"""Stored pictures as responses; the callers have checked that the reader may see them."""

import logging
from io import BytesIO
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404
from django.http.response import HttpResponseBase, HttpResponseRedirect

from predictions.models import Image
from predictions.pictures.thumbnails import LARGE_COPY, TooLarge, UnreadableImage, made, thumbnail

logger = logging.getLogger(__name__)

EXPIRED = "This picture was deleted because of its age. Its answer is kept."
LOST = "The file of this picture is lost. Send it again."
GONE = Path(__file__).with_name("gone.svg").read_bytes()


def picture_response(image: Image, file_name: str, *, as_attachment: bool = False) -> FileResponse:
    """The bytes of a picture, as they were sent; as an attachment, to be kept as a file.

    Raises:
        Http404: the file is gone from the storage.
    """
    try:
        file = image.file.open("rb")
    except FileNotFoundError as error:
        raise Http404(EXPIRED if image.file_deleted_at else LOST) from error
    return response(file, image.content_type, file_name, as_attachment=as_attachment)


def shown_response(image: Image, file_name: str, *, was_decoded: bool = False) -> HttpResponseBase:
    """The picture on a page: its large copy if browsers do not show its format.

    was_decoded: whether a worker has done so before, if the caller knows that.

    Raises:
        Http404: the file is gone from the storage.
    """
    if image.is_shown_by_browsers or not (was_decoded or image.was_decoded()):
        name = str(image.file)
        seconds = settings.MEDIA_SIGNED_URLS
        if seconds and default_storage.exists(name):
            return signed_response(name, image.content_type, seconds)
        return picture_response(image, file_name)
    return thumbnail_response(image, LARGE_COPY)


def thumbnail_response(image: Image, width: int) -> HttpResponseBase:
    """Its small copy, or the picture itself if a full disk had no room for one.

    Of a picture that has expired, a sign that it is gone: lists show it among others.

    Raises:
        Http404: the file is gone, or no picture after all.
    """
    try:
        if seconds := settings.MEDIA_SIGNED_URLS:
            return signed_response(made(image, width), "image/webp", seconds)
        file = thumbnail(image, width)
    except (FileNotFoundError, UnreadableImage) as error:
        if image.file_deleted_at:
            return response(File(BytesIO(GONE)), "image/svg+xml", "gone.svg", lasts=False)
        raise Http404 from error
    except (OSError, TooLarge) as error:
        if isinstance(error, OSError):
            logger.error("No thumbnail of %s: %s", image, error)
        whole = picture_response(image, str(image.file).rpartition("/")[2])
        whole["Cache-Control"] = "private, no-cache"  # there may be a copy the next time
        return whole
    return response(file, "image/webp", f"{image.md5}-{width}.webp")


def signed_response(name: str, content_type: str, seconds: int) -> HttpResponseRedirect:
    """Sends a browser to S3 with an address that shows this one object for so long.

    The type is part of what is signed, so that no picture is ever taken for a page.
    """
    told = {
        "ResponseContentType": content_type,
        "ResponseCacheControl": "private, max-age=86400, immutable",
    }
    in_s3 = cast(Any, default_storage)  # or settings.py refuses
    response = HttpResponseRedirect(in_s3.url(name, parameters=told, expire=seconds))
    response["Cache-Control"] = f"private, max-age={seconds // 2}"
    response["Referrer-Policy"] = "no-referrer"
    return response


def response(
    file: File,
    content_type: str,
    file_name: str,
    *,
    as_attachment: bool = False,
    lasts: bool = True,
) -> FileResponse:
    response = FileResponse(
        file, content_type=content_type, filename=file_name, as_attachment=as_attachment
    )
    # No cache between. A day, though the content never changes: somebody else may use the browser.
    age = "max-age=86400, immutable" if lasts else "no-cache"
    response["Cache-Control"] = f"private, {age}"
    # A picture is shown, never run, whatever a browser believes to find in it.
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
