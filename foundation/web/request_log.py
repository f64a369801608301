"""Each request has an id, which its answer and all its log lines have too, and a line of its own.

The line names the route and not the path, which can be secret: the link that resets a password is
one.
"""

import logging
import re
from time import perf_counter
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.signals import request_finished
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from structlog.contextvars import bind_contextvars, clear_contextvars

from foundation.observability.timing import milliseconds_since
from foundation.web.addresses import address_of
from foundation.web.middleware import GetResponse

logger = logging.getLogger(__name__)

HEADER = "X-Request-ID"
# Those of proxies and clients: UUIDs, hexadecimal numbers, Amazon's `Root=1-…`. Nothing that could
# break a line or be an email.
WELL_FORMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:;=+/-]{0,127}")
# Asked for every few seconds by machines, which see themselves what comes back.
PROBES = {"/health", "/health/live", "/metrics"}
NO_ROUTE = "no route"


class RequestLogMiddleware:
    """The first middleware, so that refusals of the others have an id and a line as well."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = perf_counter()
        request_id = request_id_of(request)
        clear_contextvars()
        bind_contextvars(request_id=request_id)
        response = self.get_response(request)
        response.headers[HEADER] = request_id
        log(request, response, milliseconds_since(began))
        return response

    def process_view(self, request: HttpRequest, *args: Any) -> None:
        """By now pages know who asks; accounts/authentication.py does the same for the API."""
        user = vars(request).get("_cached_user")  # Django's; asking for `user` would be a query
        if user is not None and user.pk:
            bind_contextvars(user_id=user.pk)


@receiver(request_finished)
def forget(**kwargs: Any) -> None:
    """Django logs some errors after the middleware; whatever the thread does next is not ours."""
    clear_contextvars()


def request_id_of(request: HttpRequest) -> str:
    """The client's or the proxy's, if it is well-formed, or a new one."""
    sent = request.headers.get(HEADER, "")
    return sent if WELL_FORMED.fullmatch(sent) else uuid4().hex


def route_of(request: HttpRequest) -> str:
    match = request.resolver_match
    return f"/{match.route}" if match else NO_ROUTE


def is_routine(request: HttpRequest) -> bool:
    path = request.path_info
    return path.rstrip("/") in PROBES or path.startswith(settings.STATIC_URL)


def log(request: HttpRequest, response: HttpResponse, milliseconds: float) -> None:
    route = route_of(request)
    level = logging.ERROR if response.status_code >= 500 else logging.INFO
    if is_routine(request):
        level = logging.DEBUG
    fields = {
        "method": request.method,
        "route": route,
        "status": response.status_code,
        "duration_ms": milliseconds,
        "address": address_of(request),
    }
    logger.log(level, "%s %s %d", request.method, route, response.status_code, extra=fields)
