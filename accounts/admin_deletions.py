"""Records what staff delete in the admin in the audit log."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

from accounts import audit


class DeletionsRecorded(admin.ModelAdmin):
    def log_deletions(self, request: HttpRequest, queryset: Iterable[Model]) -> Any:
        """Django calls it before it deletes one row, or those that are ticked in a list."""
        for row in queryset:
            audit.record(audit.Action.DELETED_BY_STAFF, request, actor=request.user, target=row)
        return super().log_deletions(request, queryset)  # type: ignore[arg-type]
