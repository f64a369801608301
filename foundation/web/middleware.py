"""What holds for every request, whatever it asks for."""

from collections.abc import Callable
from contextlib import suppress
from typing import cast

from csp.constants import HEADER, UNSAFE_INLINE
from csp.decorators import csp_update
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.functional import cached_property

from foundation.web.charsets import is_accepted
from foundation.web.errors import CUT_OFF, ENCODED, NO_LENGTH, TOO_LARGE, error_response
from foundation.web.routes import authenticates_first, wants_html

GetResponse = Callable[[HttpRequest], HttpResponse]


# What pages never ask of a browser, whatever might get into them.
NO_DEVICES = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "serial",
        "usb",
    )
)


class TrailingSlashMiddleware:
    """Every path answers with and without its trailing slash, without a redirect.

    Routes are written without; a redirect would lose the body of a POST. The admin has routes of
    its own, written with.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith("/admin/"):
            request.path_info = request.path_info.rstrip("/") or "/"
            if request.path_info == "/admin":
                request.path_info = "/admin/"
        return self.get_response(request)


class LanguageMiddleware:
    """Pages in the language of the account, or else of the browser; the API in English.

    Programs read the API's sentences, and its contract holds them.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not wants_html(request):
            return self.get_response(request)
        chosen = request.user.language if request.user.is_authenticated else ""
        with translation.override(chosen or translation.get_language_from_request(request)):
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", translation.get_language())
        patch_vary_headers(response, ["Accept-Language", "Cookie"])
        return response


class PolicyMiddleware(CSPMiddleware):
    """django-csp's header, which that would put together twice for each answer; and another."""

    @cached_property
    def usual(self) -> str:
        return build_policy()

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        response.headers.setdefault("Permissions-Policy", NO_DEVICES)
        changed = any(name.startswith("_csp_") for name in (*vars(request), *vars(response)))
        if changed or response.status_code in (404, 500):  # no policy for Django's debug pages
            return super().process_response(request, response)
        response.headers.setdefault(HEADER, self.usual)
        return response


class PrivatePagesMiddleware:
    """Pages of somebody who is signed in are kept nowhere: not by a cache that several share, and
    not by the browser, whose back button would show them after signing out.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if wants_html(request) and request.user.is_authenticated:
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response


class QueuePagesPolicyMiddleware:
    """django-rq's pages in the admin have scripts and styles inside; see queue_admin.py."""

    INLINE = {"script-src": [UNSAFE_INLINE], "style-src": [UNSAFE_INLINE]}

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.get_inline_response = cast(GetResponse, csp_update(self.INLINE)(get_response))

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith("/admin/django_rq/"):
            return self.get_inline_response(request)
        return self.get_response(request)


class NulMiddleware:
    """PostgreSQL can neither keep nor look for a text with a NUL, and psycopg2 refuses to ask.

    No form of ours sends one. Where an address or a field is looked for as it is, that is found out
    there.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, ValueError) and "NUL (0x00)" in str(error):
            return error_response(request, 400, translation.gettext("Invalid request."))
        return None


class BodySizeMiddleware:
    """Refuses a body that is too large, of unknown length, or in an unknown encoding.

    A body that stopped arriving is answered with 408. RFC 9110, sections 15.5.9, .12, .14 and .16.
    Django limits forms; what DRF parses as JSON it does not. Files have a limit of their own each,
    see predictions/pictures/uploads.py.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            length = int(request.META.get("CONTENT_LENGTH") or 0)
        except ValueError:
            return error_response(request, 400, "The Content-Length header is not a number.")
        if "HTTP_TRANSFER_ENCODING" in request.META:  # Django takes it for a request without a body
            return error_response(request, 411, NO_LENGTH)
        if length and request.headers.get("Content-Encoding", "").lower() not in ("", "identity"):
            return error_response(request, 415, ENCODED, {"Accept-Encoding": "identity"})
        # RFC 9110, section 8.3.1: types are case-insensitive; Django's parser of forms is not.
        kind, semicolon, parameters = request.META.get("CONTENT_TYPE", "").partition(";")
        request.META["CONTENT_TYPE"] = kind.lower() + semicolon + parameters
        charset = (request.content_params or {}).get("charset")
        if length and charset and not is_accepted(charset):
            return error_response(request, 415, "Send text in UTF-8.")
        files = (request.content_type or "").startswith("multipart/")
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if files:
            # Elsewhere a stranger's file is read before it is known who sends it.
            many = authenticates_first(request)
            limit = settings.MAX_BODY_BYTES if many else 2 * settings.MAX_FILE_BYTES
        if length > limit:
            return error_response(request, 413, TOO_LARGE.format(limit))
        response = self.get_response(request)
        # gunicorn says so; Django takes what came of it for all, and would ask for a picture.
        if getattr(request.META["wsgi.input"], "failed", False):
            for handler in request.upload_handlers if files else ():
                handler.upload_interrupted()  # Django leaves its file to the garbage collector
            return error_response(request, 408, CUT_OFF)
        if files and response.status_code >= 300:  # also those who are sent to sign in
            drain(request)
        return response


def drain(request: HttpRequest) -> None:
    """Reads on what is left of a refused upload, up to the size of an acceptable one.

    A connection closed with unread data is reset, and the sender may never see why.
    """
    left = settings.MAX_FILE_BYTES
    with suppress(OSError):  # the sender has gone
        while left > 0 and (chunk := request.read(64 * 1024)):
            left -= len(chunk)
