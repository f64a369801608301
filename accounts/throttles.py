"""Limits on signing in and signing up, by address."""

from django.http import HttpRequest
from rest_framework.request import Request

from foundation.web.throttles import ByAddress


class LoginThrottle(ByAddress):
    scope = "login"


class SignupThrottle(ByAddress):
    scope = "signup"


class HintsThrottle(ByAddress):
    """Hints are requested while somebody types; operators have no reason to change this rate."""

    scope = "signup-hints"
    rate = "120/min"


def network_of(request: HttpRequest | Request) -> str:
    """The address that a request is counted by; of IPv6, its network."""
    return LoginThrottle().get_ident(request)  # type: ignore[arg-type]
