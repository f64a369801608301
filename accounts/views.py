"""Sign up, sign in, sign out and a forgotten password, as pages.

Built on Django's own views; we add the limits, which the API shares.
"""

from math import ceil
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth import views as auth_views
from django.db import IntegrityError, transaction
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    JsonResponse,
)
from django.shortcuts import redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView, View

from accounts import audit, known_browsers, second_factor, second_step, signup, tokens
from accounts.audit import Action
from accounts.forms import LoginForm, NewPasswordForm, PasswordResetForm, SignupFields, SignupForm
from accounts.guesses import TooManyTries
from accounts.invitations import Invitation
from accounts.models import EMAIL_TAKEN
from accounts.throttles import HintsThrottle, LoginThrottle, SignupThrottle
from foundation.web.errors import error_response
from foundation.web.throttles import CountInRedis, wait_seconds


class Limited(View):
    """Refuses requests over the limit, counted together with the API's."""

    throttle_class: type[CountInRedis]
    counted_methods = {"POST"}

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        wait = None
        if request.method in self.counted_methods:
            wait = wait_seconds(self.throttle_class(), request)
        if wait is None:
            try:
                return super().dispatch(request, *args, **kwargs)
            except TooManyTries as refused:
                wait = refused.wait
        seconds = ceil(wait)
        detail = ngettext(
            "Too many attempts. Wait a second and try again.",
            "Too many attempts. Wait %(seconds)d seconds and try again.",
            seconds,
        ) % {"seconds": seconds}
        said = {"status": 429, "detail": detail}
        response = render(request, "error.html", said, status=429)
        response["Retry-After"] = str(seconds)
        return response


@method_decorator([never_cache, sensitive_post_parameters()], name="dispatch")
class SignupView(Limited, FormView):
    throttle_class = SignupThrottle
    form_class = SignupForm
    template_name = "accounts/signup.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            return redirect("classify")
        if signup.is_closed():
            return error_response(request, 403, _(signup.CLOSED))
        return super().dispatch(request, *args, **kwargs)

    def get_initial(self) -> dict[str, Any]:
        """What the link of an invitation says."""
        code = self.request.GET.get("invitation", "")
        invitation = Invitation.objects.with_code(code) if code else None
        return {"invitation": code, "email": invitation.email if invitation else ""}

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            with transaction.atomic():
                user = form.save()
                audit.record(Action.SIGNED_UP, self.request, actor=user, target=user)
        except IntegrityError:  # taken while the password was hashed
            form.add_error("email", EMAIL_TAKEN)
            return self.form_invalid(form)
        except signup.NotAdmitted as error:
            form.add_error("invitation", _(str(error)))
            return self.form_invalid(form)
        login(self.request, user, backend="django.contrib.auth.backends.ModelBackend")
        messages.success(self.request, _("Welcome. Send your first picture."))
        response = redirect("classify")
        known_browsers.remember(response, user.email)
        return response


@method_decorator(sensitive_post_parameters(), name="dispatch")
class SignupHintsView(Limited):
    """The errors of a sign-up so far; never whether an email is registered."""

    throttle_class = HintsThrottle

    def post(self, request: HttpRequest) -> JsonResponse:
        return JsonResponse(SignupFields(request.POST).errors)


class LoginView(Limited, auth_views.LoginView):
    throttle_class = LoginThrottle
    form_class = LoginForm
    template_name = "accounts/login.html"
    redirect_authenticated_user = True

    def form_valid(self, form: Any) -> HttpResponse:
        user = form.get_user()
        if second_factor.is_set_up(user):
            second_step.begin(self.request, user, self.get_success_url())
            return redirect("second-step")
        response = super().form_valid(form)
        known_browsers.remember(response, user.email)
        return response


class LogoutView(auth_views.LogoutView):
    http_method_names = ["get", "post", "options"]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """People who open this URL find the button there; a link must not sign anybody out."""
        return redirect("classify")


class LanguageView(View):
    """Sets the language of the pages, for this browser and for the account if signed in."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return redirect("classify")

    def post(self, request: HttpRequest) -> HttpResponse:
        back = request.POST.get("next", "")
        host, is_secure = request.get_host(), request.is_secure()
        if back[:1] != "/" or not url_has_allowed_host_and_scheme(back, {host}, is_secure):
            back = reverse("classify")
        response = HttpResponseRedirect(back)
        language = request.POST.get("language", "")
        if language in dict(settings.LANGUAGES):
            remember_language(response, language)
            if request.user.is_authenticated:
                request.user.language = language
                request.user.save(update_fields=["language"])
        return response


def remember_language(response: HttpResponse, language: str) -> None:
    """For this browser; an empty one deletes the cookie, so that the browser's own language
    applies again.
    """
    if not language:
        response.delete_cookie(settings.LANGUAGE_COOKIE_NAME, samesite="Lax")
        return
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=365 * 24 * 3600,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


class PasswordResetView(Limited, auth_views.PasswordResetView):
    # Each attempt can send a mail, so it counts like a sign-up.
    throttle_class = SignupThrottle
    form_class = PasswordResetForm
    template_name = "accounts/password_reset.html"
    success_url = reverse_lazy("password_reset_done")


class PasswordResetDoneView(auth_views.PasswordResetDoneView):
    template_name = "accounts/password_reset_done.html"


class PasswordResetConfirmView(auth_views.PasswordResetConfirmView):
    form_class = NewPasswordForm  # type: ignore[assignment]  # asks once, Django's twice
    template_name = "accounts/password_reset_confirm.html"
    success_url = reverse_lazy("login")

    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        """Somebody who resets a password may have lost the account to a thief, who then has its
        tokens.
        """
        response = super().form_valid(form)
        audit.record(Action.PASSWORD_RESET, self.request, actor=form.user, target=form.user)
        revoked = tokens.revoke(form.user.api_tokens.all(), self.request, form.user)
        done = _("Password changed. Sign in with the new one.")
        if revoked:
            done += " " + _("All API tokens of the account have been revoked.")
        messages.success(self.request, done)
        # They own the mailbox: wrong passwords of others no longer lock them out.
        known_browsers.remember(response, form.user.email)
        return response
