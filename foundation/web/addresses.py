"""Where a request comes from."""

from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle


def address_of(request: HttpRequest | Request) -> str:
    """The client's address as the throttles see it, behind NUM_PROXIES proxies of ours."""
    return BaseThrottle().get_ident(request) or ""  # type: ignore[arg-type]
