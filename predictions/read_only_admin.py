"""What lists of the admin have in common whose rows nobody types in."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.admin_deletions import DeletionsRecorded
from predictions.classifiers import Classifier


class ServersOnly(admin.RelatedFieldListFilter):
    """A filter by classifier or version that offers the server's: those of people are many."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> Any:
        to_classifier = "" if field.related_model is Classifier else "classifier__"
        servers = {f"{to_classifier}owner": None, f"{to_classifier}is_public": False}
        return field.get_choices(include_blank=False, limit_choices_to=servers)


class MadeByTheService(DeletionsRecorded):
    """Read-only: these rows are made by the service, not typed in."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
