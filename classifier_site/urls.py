"""Every URL of the service: API, pages and admin.

Routes have no trailing slash; TrailingSlashMiddleware lets both forms in.
"""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import include, path
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.views.generic import RedirectView

from classifier_site.docs import DocsView, RedocView, SchemaView
from classifier_site.export import ExportEverythingView
from classifier_site.operations.health import HealthView, LiveView
from classifier_site.operations.metrics import MetricsView
from foundation.web.errors import error_response


class AdminLogin(RedirectView):
    """One sign-in for everybody, with one limit on guesses."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if admin.site.has_permission(request):
            return redirect("admin:index")
        if request.user.is_authenticated:  # redirecting them to sign in would loop
            return error_response(request, 403, _("The administration is for staff only."))
        return super().get(request, *args, **kwargs)


urlpatterns = [
    path("", include("predictions.urls")),  # first, because Django tries the routes in order
    path("", include("accounts.urls")),
    path("", include("feedback.urls")),
    path("", include("review.urls")),
    path("", include("learning.urls")),
    path("", include("learning.data_sets.urls")),
    path("accounts/export.zip", ExportEverythingView.as_view(), name="export-everything"),
    path("health", HealthView.as_view(), name="health"),
    path("health/live", LiveView.as_view(), name="live"),
    path("metrics", MetricsView.as_view(), name="metrics"),
    path("schema", SchemaView.as_view(), name="schema"),
    path("docs", DocsView.as_view(url_name="schema"), name="docs"),
    path("redoc", RedocView.as_view(url_name="schema"), name="redoc"),
    # Browsers ask for it where no page names an icon: beside a picture, or the API's answers.
    path("favicon.ico", RedirectView.as_view(url=lazy(static, str)("icons/icon-192.png"))),
    path("admin/login/", AdminLogin.as_view(pattern_name="login", query_string=True)),
    path("admin/password_change/", RedirectView.as_view(pattern_name="account")),  # has a limit
    path("admin/", admin.site.urls),
]

handler400 = "foundation.web.errors.bad_request"
handler403 = "foundation.web.errors.permission_denied"
handler404 = "foundation.web.errors.not_found"
handler500 = "foundation.web.errors.server_error"
