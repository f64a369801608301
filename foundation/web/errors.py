"""Errors as people and programs meet them: one message, in the format they asked for.

API paths answer in JSON whatever happens; pages answer in HTML. No stack trace leaves the log.
"""

import logging
import sys
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation, TooManyFilesSent
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.template.loader import render_to_string
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _
from redis.exceptions import RedisError
from rest_framework.exceptions import APIException
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback
from structlog.contextvars import get_contextvars

from foundation.storage.lasting import StorageUnreachable
from foundation.web.codes import problem
from foundation.web.routes import wants_html

logger = logging.getLogger(__name__)

UNREACHABLE = (OperationalError, InterfaceError, RedisError, StorageUnreachable)
CUT_OFF = "The request did not arrive in full. Send it again."
ENCODED = "Send the body without Content-Encoding; it is not decompressed here."
NO_LENGTH = "Say how long the body is (Content-Length); it cannot come in chunks."
TOO_LARGE = "The request is larger than the {:,} bytes accepted here."
UNREACHABLE_DETAIL = gettext_noop(
    "The database or the queue cannot be reached. Pictures accepted before are safe. Try again in "
    "a moment."
)

STORAGE_DETAIL = gettext_noop(
    "The storage of pictures cannot be reached. Pictures accepted before are safe. Try again in a "
    "moment."
)


def error_response(
    request: HttpRequest,
    status: int,
    detail: str,
    headers: dict[str, str] | None = None,
    code: str = "",
) -> HttpResponse:
    """One message as JSON on an API path, as a page elsewhere, or bare for a page's script."""
    if wants_html(request):
        if "text/plain" in request.headers.get("Accept", ""):
            return HttpResponse(detail, "text/plain", status, headers=headers)
        return HttpResponse(error_page(request, status, detail), status=status, headers=headers)
    return JsonResponse(problem(status, detail, code), status=status, headers=headers)


def error_page(request: HttpRequest, status: int, detail: str) -> str:
    said = {"status": status, "detail": detail, "LANGUAGE_CODE": get_language()}
    if status >= 500:  # what staff find the reason by
        said["request_id"] = get_contextvars().get("request_id")
    # Before `user` is there nobody has asked who it is; with 503 that is what cannot be reached.
    if hasattr(request, "user") and status != 503:
        try:
            return render_to_string("error.html", said, request)
        except Exception:
            logger.exception("The navigation on the page of error %s fails, too.", status)
    return render_to_string("error.html", said)


def api_exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's handler, plus the failures of what stands behind the API."""
    if isinstance(exc, UNREACHABLE):
        logger.error("%s: %s", type(exc).__name__, exc)
        set_rollback()
        said = problem(503, unreachable_detail(exc), "unreachable")
        return Response(said, 503, headers={"Retry-After": "5"})
    if isinstance(exc, UnreadablePostError):  # the sender has gone, or BodySizeMiddleware tells it
        return Response(problem(408, CUT_OFF), 408)
    if isinstance(exc, TooManyFilesSent):
        return Response(problem(400, "Too many files in one request.", "too_many_files"), 400)
    if isinstance(exc, RequestDataTooBig):
        return Response(problem(413, "The request is too large."), 413)
    response = exception_handler(exc, context)
    if response is not None and "detail" in response.data:
        detail = response.data["detail"]
        response.data["code"] = code_of(detail, response.status_code)
    return response


def unreachable_detail(error: BaseException) -> str:
    """What cannot be reached: a message id for gettext."""
    return STORAGE_DETAIL if isinstance(error, StorageUnreachable) else UNREACHABLE_DETAIL


def code_of(detail: Any, status: int) -> str:
    """That of the exception, unless it only says that something is wrong."""
    code = getattr(detail, "code", APIException.default_code)
    return problem(status, detail, "" if code == APIException.default_code else code)["code"]


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    detail = _("Invalid request.")
    if isinstance(exception, SuspiciousOperation) and "HTTP_HOST" in str(exception):
        detail = _("Unknown host name. Operators: see ALLOWED_HOSTS.")
    return error_response(request, 400, detail)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_response(request, 403, _("You don't have permission to view this page."))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return error_response(
        request, 403, _("This form is out of date. Go back, reload the page and send it again.")
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_response(request, 404, _("There is nothing at this address."))


def server_error(request: HttpRequest) -> HttpResponse:
    """Called while the exception is being handled, so `sys.exc_info` still knows it."""
    error = sys.exc_info()[1]
    if isinstance(error, UNREACHABLE):
        return error_response(request, 503, _(unreachable_detail(error)), {"Retry-After": "5"})
    return error_response(
        request, 500, _("Something went wrong. The error has been logged. Try again later.")
    )
