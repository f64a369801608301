"""django-rq's pages in the admin, which it opens to all staff."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django_rq import stats_views
from django_rq.admin import QueueAdmin
from django_rq.models import Dashboard
from django_rq.urls import get_admin_urlpatterns, get_api_urlpatterns
from rq.exceptions import NoSuchJobError

from accounts.models import User

LOOK = "django_rq.admin"  # django-rq's own, which it asks before it shows the link
MANAGE = "predictions.manage_queues"

View = Callable[..., HttpResponseBase]


def may_look(user: User | AnonymousUser) -> bool:
    return user.has_perm(LOOK) or user.has_perm(MANAGE)


@admin.register(Dashboard)
class QueuesAdmin(QueueAdmin):
    """Looking at the queues, and deleting, repeating and stopping jobs: a permission each."""

    def get_urls(self) -> list[URLPattern]:
        """django-rq's, each behind a permission, without ModelAdmin's: there is no such table."""
        api = get_api_urlpatterns("django_rq_")
        for pattern in api:
            pattern.callback = self.guarded(pattern.callback)
        changelist = path(
            "", self.guarded(stats_views.stats), name="django_rq_dashboard_changelist"
        )
        pages = get_admin_urlpatterns("django_rq_", self.guarded)
        # One of them needs rq-scheduler, which is not installed.
        pages = [page for page in pages if page.name != "django_rq_scheduler_jobs"]
        return [*api, *pages, changelist]

    def guarded(self, view: View) -> View:
        @wraps(view)
        def guard(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            # With GET, django-rq shows what is there, or asks whether one is sure.
            looks = request.method in ("GET", "HEAD") and may_look(request.user)
            if not looks and not request.user.has_perm(MANAGE):
                raise PermissionDenied
            request.current_app = self.admin_site.name
            try:
                return view(request, *args, **kwargs)
            except NoSuchJobError as error:
                raise Http404 from error

        return self.admin_site.admin_view(guard)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may_look(request.user)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_look(request.user)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
