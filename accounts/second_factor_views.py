"""Pages to set up the second factor, linked from the account page."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView

from accounts import audit, passkeys, second_factor, second_step
from accounts.confirmation import Confirmed
from accounts.second_factor_forms import PasskeyForm, RemoveForm, SetUpForm
from accounts.services import user_of
from accounts.throttles import LoginThrottle
from accounts.views import Limited

NEW_APP = "new_app"  # its secret, in the session, encrypted like those in the database


def home() -> str:
    return reverse("account") + "#two-factor"


class FactorPage(Confirmed):
    """Also asks for an existing second factor: a session may be older than it."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        passed = not request.user.is_authenticated or second_step.is_passed(request)
        if passed or not second_factor.is_set_up(user_of(request)):
            return super().dispatch(request, *args, **kwargs)
        second_step.begin(request, user_of(request), self.back())
        return redirect("second-step")


@method_decorator(transaction.atomic, name="post")  # with its event in the audit log
@method_decorator([never_cache, sensitive_post_parameters()], name="dispatch")
class AppView(FactorPage, FormView):
    """A new secret, shown until a code proves that the app has it."""

    form_class = SetUpForm
    template_name = "accounts/two_factor_app.html"

    def secret(self) -> str:
        try:
            return second_factor.decrypt(self.request.session[NEW_APP])
        except (KeyError, second_factor.WrongCode):
            secret = second_factor.new_secret()
            self.request.session[NEW_APP] = second_factor.encrypt(secret)
            return secret

    def get_form_kwargs(self) -> dict[str, Any]:
        mine = {"user": user_of(self.request), "secret": self.secret()}
        return super().get_form_kwargs() | mine

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        secret = self.secret()
        return super().get_context_data(
            qr_code=second_factor.qr_code(user_of(self.request), secret),
            secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
            **kwargs,
        )

    def form_valid(self, form: SetUpForm) -> HttpResponse:
        del self.request.session[NEW_APP]
        return added(self.request, second_factor.Kind.APP)


@method_decorator(transaction.atomic, name="post")  # with its event in the audit log
@method_decorator([never_cache, sensitive_post_parameters()], name="dispatch")
class PasskeyView(FactorPage, FormView):
    form_class = PasskeyForm
    template_name = "accounts/two_factor_passkey.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        options = passkeys.begin_registration(self.request, user_of(self.request))
        return super().get_context_data(options=options, **kwargs)

    def form_valid(self, form: PasskeyForm) -> HttpResponse:
        name, answer = form.cleaned_data["name"], self.request.POST.get("credential", "")
        try:
            passkeys.finish_registration(self.request, user_of(self.request), name, answer)
        except passkeys.PasskeyRefused:
            form.add_error(None, _("The passkey could not be added. Try again."))
            return self.form_invalid(form)
        return added(self.request, second_factor.Kind.PASSKEY)


def added(request: HttpRequest, kind: second_factor.Kind) -> HttpResponse:
    """Shows a message; the first factor also creates recovery codes."""
    user = user_of(request)
    second_step.mark(request, kind)
    audit.record(
        audit.Action.SECOND_FACTOR_ADDED, request, actor=user, target=user, detail={"kind": kind}
    )
    messages.success(
        request,
        _(
            "Two-factor sign-in is on. Devices that are already signed in stay signed in: the "
            "account page lists them."
        ),
    )
    if user.recovery_codes.exists():
        return redirect(home())
    return show_recovery_codes(request)


def show_recovery_codes(request: HttpRequest) -> HttpResponse:
    """No redirect: the codes would have to be stored for the next request."""
    codes = second_factor.new_recovery_codes(user_of(request))
    return render(request, "accounts/recovery_codes.html", {"codes": codes})


@method_decorator(never_cache, name="dispatch")
class RecoveryCodesView(FactorPage):
    comes_back_to = "account"

    def get(self, request: HttpRequest) -> HttpResponse:
        return redirect(home())

    @transaction.atomic
    def post(self, request: HttpRequest) -> HttpResponse:
        user = user_of(request)
        if not second_factor.is_set_up(user):
            return redirect(home())
        audit.record(audit.Action.RECOVERY_CODES_MADE, request, actor=user, target=user)
        return show_recovery_codes(request)


class RemovePasskeyView(FactorPage):
    """Removes one of several factors; the last one is removed with the recovery codes on its own
    page.
    """

    comes_back_to = "account"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return redirect(home())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        user = user_of(request)
        passkey = get_object_or_404(user.passkeys, pk=pk)
        if user.passkeys.count() == 1 and not second_factor.has_app(user):
            return redirect("two-factor-remove")
        with transaction.atomic():
            passkey.delete()
            detail = {"kind": second_factor.Kind.PASSKEY, "by": "owner"}
            action = audit.Action.SECOND_FACTOR_REMOVED
            audit.record(action, request, actor=user, target=user, detail=detail)
        messages.success(request, _("Passkey removed."))
        return redirect(home())


@method_decorator([never_cache, sensitive_post_parameters()], name="dispatch")
class RemoveView(Limited, FactorPage, FormView):
    throttle_class = LoginThrottle
    form_class = RemoveForm
    template_name = "accounts/two_factor_remove.html"
    success_url = reverse_lazy("account")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and not second_factor.is_set_up(user_of(request)):
            return redirect(home())
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        mine = {"request": self.request, "user": user_of(self.request)}
        return super().get_form_kwargs() | mine

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = user_of(self.request)
        required = settings.REQUIRE_TWO_FACTOR_FOR_STAFF and user.is_staff
        return super().get_context_data(required=required, **kwargs)

    def form_valid(self, form: RemoveForm) -> HttpResponse:
        second_factor.remove(form.user, self.request, actor=form.user, by="owner")
        messages.success(self.request, _("Two-factor sign-in is off."))
        return super().form_valid(form)
