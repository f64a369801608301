"""The second step of a sign-in, and the sign-in with a passkey alone."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.views import RedirectURLMixin
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView, TemplateView

from accounts import failed_sign_ins, known_browsers, passkeys, second_factor, second_step
from accounts.models import User
from accounts.second_factor_forms import CodeForm
from accounts.throttles import LoginThrottle
from accounts.views import Limited


@method_decorator([never_cache, sensitive_post_parameters()], name="dispatch")
class SecondStepView(Limited, FormView):
    """Asks for a code or a passkey after the correct password."""

    throttle_class = LoginThrottle
    form_class = CodeForm
    template_name = "accounts/second_step.html"
    user: User

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        user = second_step.person(request)
        if user is None and request.user.is_authenticated:  # the back button, after the sign-in
            return redirect("classify")
        if user is None:
            messages.error(request, _("The second step took too long. Sign in again."))
            return redirect("login")
        self.user = user
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"request": self.request, "user": self.user}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        options = None
        if self.user.passkeys.exists():
            options = passkeys.begin_sign_in(self.request, self.user)
        has_codes = second_factor.has_codes(self.user)
        return super().get_context_data(options=options, has_codes=has_codes, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "credential" not in request.POST:
            return super().post(request, *args, **kwargs)
        try:
            passkeys.finish_sign_in(request, self.user, request.POST["credential"])
        except passkeys.PasskeyRefused:
            record_failure(request, self.user)
            context = self.get_context_data(form=self.form_class(request, self.user), refused=True)
            return self.render_to_response(context)
        return self.sign_in(second_factor.Kind.PASSKEY)

    def form_invalid(self, form: CodeForm) -> HttpResponse:
        record_failure(self.request, self.user)
        return super().form_invalid(form)

    def form_valid(self, form: CodeForm) -> HttpResponse:
        if form.kind == second_factor.Kind.RECOVERY_CODE:
            left = self.user.recovery_codes.count()
            messages.warning(
                self.request,
                _("Recovery codes left: %(left)d. Create new ones before they run out.")
                % {"left": left},
            )
        return self.sign_in(form.kind)

    def sign_in(self, kind: second_factor.Kind) -> HttpResponse:
        goes_to = second_step.pending(self.request)["goes_to"]
        second_step.finish(self.request, self.user, kind)
        response = redirect(goes_to)
        known_browsers.remember(response, self.user.email, second_factor=True)
        return response


@method_decorator([never_cache, sensitive_post_parameters()], name="dispatch")
class PasskeySignInView(Limited, RedirectURLMixin, TemplateView):
    """First asks the device, then handles its response. A GET would start a session for every
    robot.
    """

    throttle_class = LoginThrottle
    template_name = "accounts/passkey_sign_in.html"
    next_page = "classify"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return redirect("login")

    def post(self, request: HttpRequest) -> HttpResponse:
        if not request.POST.get("credential"):
            return self.ask()
        try:
            passkey = passkeys.finish_sign_in(request, None, request.POST["credential"])
        except passkeys.PasskeyRefused:
            record_failure(request, None)
            return self.ask(refused=True)
        second_step.finish(request, passkey.user, second_factor.Kind.PASSKEY)
        response = redirect(self.get_success_url())
        known_browsers.remember(response, passkey.user.email, second_factor=True)
        return response

    def ask(self, **context: Any) -> HttpResponse:
        context["options"] = passkeys.begin_sign_in(self.request, None)
        context["next"] = self.get_redirect_url()
        return self.render_to_response(self.get_context_data(**context))


def record_failure(request: HttpRequest, user: User | None) -> None:
    detail = {"by": "page", "step": "second factor"}
    failed_sign_ins.record(request, user, detail)
