"""What lists of the admin have in common whose rows nobody types in."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest


class MadeByTheService(admin.ModelAdmin):
    """Read-only: these rows are made by the service, not typed in."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
