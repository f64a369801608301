"""Refuses uploads during maintenance, and tells pages of it."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from classifier_site.operations.maintenance import state
from foundation.web.errors import error_response
from foundation.web.middleware import GetResponse
from foundation.web.routes import takes_uploads

RETRY_AFTER = "60"  # seconds; nobody knows when it ends, and asking again is cheap


class MaintenanceMiddleware:
    """Before the check of the CSRF token, which reads the whole form."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], *_: Any
    ) -> HttpResponse | None:
        if request.method != "POST" or not takes_uploads(view):
            return None
        maintenance = state.current()
        if maintenance is None:
            return None
        headers = {"Retry-After": RETRY_AFTER}
        return error_response(request, 503, str(maintenance), headers, "maintenance")


def banner(request: HttpRequest) -> dict[str, Any]:
    """A context processor: `maintenance` in every template, looked up where it is used."""
    return {"maintenance": state.current}
