"""Webhooks as a page of one's own account."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.generic import FormView

from accounts.services import user_of
from predictions.webhooks import addresses, services
from predictions.webhooks.models import Delivery

SHOWN = 5  # deliveries of each


class WebhookForm(forms.Form):
    # Not a URLField, which refuses the short names of hosts in a network of one's own.
    url = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=addresses.MOST,
        widget=forms.URLInput(attrs={"autocomplete": "off", "placeholder": "https://"}),
    )

    def clean_url(self) -> str:
        return addresses.clean(self.cleaned_data["url"])


@method_decorator(never_cache, name="dispatch")
class WebhooksPage(LoginRequiredMixin, FormView):
    form_class = WebhookForm
    template_name = "predictions/webhooks.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        webhooks = [
            (webhook, webhook.deliveries.exclude(status=Delivery.Status.EXPECTED)[:SHOWN])
            for webhook in user_of(self.request).webhooks.all()
        ]
        return super().get_context_data(webhooks=webhooks, **kwargs)

    def form_valid(self, form: WebhookForm) -> HttpResponse:
        user, url = user_of(self.request), form.cleaned_data["url"]
        try:
            _webhook, secret = services.create(self.request, user, url)
        except services.TooMany:
            why = _("You already have %(most)d webhooks, the maximum. Remove one first.")
            form.add_error("url", why % {"most": services.MOST})
            return self.form_invalid(form)
        # No redirect: the secret would have to be stored for the next request.
        empty = WebhookForm()
        return self.render_to_response(self.get_context_data(form=empty, secret=secret))


class OneWebhook(LoginRequiredMixin, View):
    def get(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Where a new sign-in returns to after a POST."""
        return redirect("webhooks-page")


class TestWebhook(OneWebhook):
    def post(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        services.send_test(get_object_or_404(user_of(request).webhooks, pk=pk))
        messages.success(request, _("A test is on its way. Reload the page to see its result."))
        return redirect("webhooks-page")


class RemoveWebhook(OneWebhook):
    def post(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        services.remove(request, get_object_or_404(user_of(request).webhooks, pk=pk))
        messages.success(request, _("Webhook removed."))
        return redirect("webhooks-page")
