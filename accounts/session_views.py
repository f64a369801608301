"""Signs out one's own devices from the account page."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.generic import View

from accounts import audit, sessions
from accounts.services import user_of


class SessionsView(LoginRequiredMixin, View):
    """Does not ask for the password: a thief of a session can end others, but the owner can do
    so quickly, too.
    """

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.back()

    def back(self) -> HttpResponse:
        return redirect(reverse("account") + "#sessions")

    def record(self, detail: dict[str, Any]) -> None:
        user = user_of(self.request)
        action = audit.Action.SESSIONS_ENDED
        audit.record(action, self.request, actor=user, target=user, detail=detail)


class EndView(SessionsView):
    @transaction.atomic
    def post(self, request: HttpRequest) -> HttpResponse:
        if ended := sessions.end(user_of(request), request.POST.get("name", "")):
            self.record({"count": ended})
            messages.success(request, _("Device signed out."))
        return self.back()


class EndOthersView(SessionsView):
    @transaction.atomic
    def post(self, request: HttpRequest) -> HttpResponse:
        ended = sessions.end_others(request, user_of(request))
        self.record({"count": ended})
        done = ngettext(
            "One other device signed out.", "%(count)d other devices signed out.", ended
        )
        messages.success(request, done % {"count": ended})
        return self.back()
