"""The admin's site: which apps its menu shows, in the order in which staff want them."""

from typing import Any

from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

ORDER = ["predictions", "feedback", "review", "learning", "accounts", "auth", "webhooks"]


class Site(AdminSite):
    site_header = site_title = _("Image classification")
    index_title = _("Administration")

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """What people do comes first, and the queues' inner life last."""
        apps = super().get_app_list(request, app_label)
        for app in apps:
            if app["app_label"] == "django_rq":  # which calls itself after its package
                app["name"] = _("Queues")
                for page in app["models"]:
                    page["name"] = _("Queues and jobs")
        known = {label: place for place, label in enumerate(ORDER)}
        return sorted(apps, key=lambda app: known.get(app["app_label"], len(ORDER)))


class Config(AdminConfig):
    default_site = "classifier_site.admin_site.Site"
