"""REQUIRE_TWO_FACTOR_FOR_STAFF: staff must sign in with a second factor.

It is not enough that the account has one: sessions and tokens from before it was set up were
made with the password alone.
"""

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts import second_factor, second_step
from accounts.models import User
from accounts.services import user_of

REFUSED = (
    "Staff must use two-factor sign-in. Set it up on your account page, then sign in again with "
    "a code, or create a new API token."
)
STAFF_PAGES = ("/admin/", "/staff/", "/data-sets", "/review")


def is_missing(user: User | AnonymousUser) -> bool:
    """Queries the database only for staff, and only if the setting is on."""
    return (
        settings.REQUIRE_TWO_FACTOR_FOR_STAFF
        and isinstance(user, User)
        and user.is_staff
        and not (user.passed_second_factor and second_factor.is_set_up(user))
    )


def refuse_if_missing(user: User | AnonymousUser) -> None:
    """Raises PermissionDenied, with a message for the API."""
    if is_missing(user):
        raise PermissionDenied(REFUSED)


class StaffFactorMiddleware:
    """Redirects staff from their pages to the second step, or to the page that sets it up.

    On other pages staff without it are people like all others.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.REQUIRE_TWO_FACTOR_FOR_STAFF and request.user.is_authenticated:
            request.user.passed_second_factor = second_step.is_passed(request)
            if request.path_info.startswith(STAFF_PAGES) and is_missing(request.user):
                return self.lead_on(request)
        return self.get_response(request)

    def lead_on(self, request: HttpRequest) -> HttpResponse:
        user = user_of(request)
        if second_factor.is_set_up(user):
            goes_to = request.get_full_path() if request.method == "GET" else "/admin/"
            second_step.begin(request, user, goes_to)
            return redirect("second-step")
        messages.warning(request, _("Staff must use two-factor sign-in. Set it up first."))
        return redirect("two-factor-app")
