"""REQUIRE_TWO_FACTOR_FOR_STAFF: who has rights over others signs in with a second factor."""

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts import second_factor
from accounts.models import User

REFUSED = (
    "Staff need two-factor sign-in here. Set it up on your account page, then this is yours again."
)


def is_missing(user: User | AnonymousUser) -> bool:
    """Asks the database about staff only, and only where it is required."""
    return (
        settings.REQUIRE_TWO_FACTOR_FOR_STAFF
        and isinstance(user, User)
        and user.is_staff
        and not second_factor.is_set_up(user)
    )


def refuse_if_missing(user: User | AnonymousUser) -> None:
    """Raises PermissionDenied, with a sentence that the API passes on."""
    if is_missing(user):
        raise PermissionDenied(REFUSED)


class StaffFactorMiddleware:
    """Leads staff without a second factor from the admin to the page that sets one up."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith("/admin/") and is_missing(request.user):
            messages.warning(request, _("Staff need two-factor sign-in here. Set it up first."))
            return redirect("two-factor-app")
        return self.get_response(request)
