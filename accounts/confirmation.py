"""Asks for the password again before an action that could hand over the account."""

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.auth.views import RedirectURLMixin
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView, View

from accounts import sessions
from accounts.forms import CurrentPasswordForm
from accounts.services import user_of
from accounts.throttles import LoginThrottle
from accounts.views import Limited


class Confirmed(LoginRequiredMixin, View):
    """A page that requires a password entered within the last few minutes."""

    comes_back_to: str | None = None  # the name of a URL, if the page's own does not accept GET

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated and not sessions.is_confirmed(request):
            return redirect(f"{reverse('account-confirm')}?{urlencode({'next': self.back()})}")
        return super().dispatch(request, *args, **kwargs)

    def back(self) -> str:
        return reverse(self.comes_back_to) if self.comes_back_to else self.request.path


@method_decorator([never_cache, sensitive_post_parameters()], name="dispatch")
class ConfirmView(Limited, LoginRequiredMixin, RedirectURLMixin, FormView):
    throttle_class = LoginThrottle
    form_class = CurrentPasswordForm
    template_name = "accounts/confirm.html"
    next_page = "account"

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"user": user_of(self.request)}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(next=self.get_redirect_url(), **kwargs)

    def form_valid(self, form: CurrentPasswordForm) -> HttpResponse:
        sessions.confirm(self.request)
        return super().form_valid(form)
