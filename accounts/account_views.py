"""One's own account: a page of sections, each with its own form and small view.

A section submitted with an error is shown again with the message at its field, among the
unchanged others.
"""

from typing import Any

from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.contrib.auth.mixins import LoginRequiredMixin
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import translation
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView, TemplateView

from accounts import (
    audit,
    forms,
    second_factor,
    second_step,
    security_events,
    services,
    sessions,
    tokens,
)
from accounts.confirmation import Confirmed
from accounts.models import EMAIL_TAKEN
from accounts.services import user_of
from accounts.throttles import LoginThrottle
from accounts.views import Limited, remember_language

FORMS: dict[str, type[forms.PersonForm]] = {
    "profile": forms.ProfileForm,
    "email": forms.EmailForm,
    "password": forms.PasswordForm,
    "token": forms.TokenForm,
}


@method_decorator([never_cache, sensitive_post_parameters()], name="dispatch")
class AccountView(LoginRequiredMixin, TemplateView):
    template_name = "accounts/account.html"

    def form(self, section: str, data: Any = None) -> Any:
        # The forms share a page, so the names of their fields are not unique ids.
        return FORMS[section](user_of(self.request), data, auto_id=f"{section}_%s")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """`kwargs`: the submitted form, under the name of its section."""
        sections = {section: self.form(section) for section in FORMS}
        return super().get_context_data(
            tokens=user_of(self.request).api_tokens.all(),
            is_confirmed=sessions.is_confirmed(self.request),
            two_factor=second_factor.state(user_of(self.request)),
            sessions=sessions.listed(self.request, user_of(self.request)),
            security_events=security_events.about(user_of(self.request)),
            **(sections | kwargs),
        )


class Section(AccountView):
    """Handles the form of one section."""

    section: str
    done: Any  # the message about it

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # Where a new sign-in, or a change of language, returns to after a POST.
        return redirect("account")

    def post(self, request: HttpRequest) -> HttpResponse:
        form = self.form(self.section, request.POST)
        return self.save(form) if form.is_valid() else self.refuse(form)

    def refuse(self, form: Any) -> HttpResponse:
        return self.render_to_response(self.get_context_data(**{self.section: form}))

    def save(self, form: Any) -> HttpResponse:
        form.save()
        messages.success(self.request, self.done)
        return redirect("account")


class ProfileView(Section):
    section = "profile"
    done = gettext_lazy("Profile saved.")

    def save(self, form: forms.ProfileForm) -> HttpResponse:
        response = redirect("account")
        remember_language(response, form.cleaned_data["language"])
        form.save()
        with translation.override(form.user.language or translation.get_language()):
            messages.success(self.request, str(self.done))
        return response


class EmailView(Limited, Section):
    throttle_class = LoginThrottle
    section = "email"
    done = gettext_lazy("Email changed. Access tokens for the old email no longer work.")

    def save(self, form: forms.EmailForm) -> HttpResponse:
        try:
            with services.changes_recorded(self.request, form.user):
                return super().save(form)
        except IntegrityError:  # taken a moment ago
            user_of(self.request).refresh_from_db()
            form.add_error("email", EMAIL_TAKEN)
            return self.refuse(form)


class PasswordView(Limited, Section):
    throttle_class = LoginThrottle
    section = "password"

    @property
    def done(self) -> str:
        said = _("Password changed. You are signed out on all other devices.")
        if left := user_of(self.request).api_tokens.count():
            said += " " + ngettext(
                "Your API token still works.", "Your %(count)d API tokens still work.", left
            ) % {"count": left}
        elif self.revoked:
            said += " " + _("API tokens revoked.")
        return said

    def save(self, form: forms.PasswordForm) -> HttpResponse:
        with services.changes_recorded(self.request, form.user):
            self.revoked = 0
            if form.cleaned_data.get("revoke_tokens"):
                self.revoked = tokens.revoke(form.user.api_tokens.all(), self.request, form.user)
            response = super().save(form)
        update_session_auth_hash(self.request, form.user)  # this device stays
        return response


class TokenView(Confirmed, Section):
    """Asks for the password: a token outlives the session that made it by a year or more."""

    section = "token"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return redirect(reverse("account") + "#tokens")

    def save(self, form: forms.TokenForm) -> HttpResponse:
        name = form.cleaned_data["name"]
        form.user.passed_second_factor = second_step.is_passed(self.request)
        try:
            with transaction.atomic():
                secret = form.save()
                audit.record(
                    audit.Action.API_TOKEN_CREATED,
                    self.request,
                    actor=form.user,
                    target=form.user,
                    detail={"name": name, "begins with": secret[: tokens.SHOWN]},
                )
        except tokens.TooMany:
            why = _("You already have %(most)d tokens, the maximum. Revoke one first.")
            form.add_error("name", why % {"most": tokens.MOST})
            return self.refuse(form)
        messages.success(self.request, _("Token created. Copy it now: it is shown only once."))
        # No redirect: the secret would have to be stored for the next request.
        return self.render_to_response(self.get_context_data(secret=secret))


class RevokeTokenView(Section):
    def post(self, request: HttpRequest, pk: int) -> HttpResponse:  # type: ignore[override]
        user = user_of(request)
        tokens.revoke([get_object_or_404(user.api_tokens, pk=pk)], request, user)
        messages.success(request, _("Token revoked."))
        return redirect("account")


@method_decorator([never_cache, sensitive_post_parameters()], name="dispatch")
class DeleteView(Limited, LoginRequiredMixin, FormView):
    throttle_class = LoginThrottle
    form_class = forms.CurrentPasswordForm
    template_name = "accounts/delete.html"

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"user": user_of(self.request)}

    def form_valid(self, form: forms.CurrentPasswordForm) -> HttpResponse:
        try:
            services.delete_account(form.user, self.request)
        except services.LastSuperuser:
            form.add_error(None, _(services.LAST_SUPERUSER))
            return self.form_invalid(form)
        logout(self.request)
        messages.success(self.request, _("Your account and all its data have been deleted."))
        return redirect("classify")
