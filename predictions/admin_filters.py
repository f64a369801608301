"""Filters of the admin's lists of predictions and answers."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import Script
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.web.bounded_lists import hidden
from predictions.admin_search import labels_called
from predictions.confidence import steps
from predictions.templatetags.labels import class_name


class ScoreFilter(admin.SimpleListFilter):
    title = gettext_lazy("score")
    parameter_name = "score"
    prefix = ""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(key, step.label) for key, step in steps().items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        step = steps().get(str(self.value()))
        return queryset.filter(step.of(self.prefix)) if step else queryset


class PredictionScoreFilter(ScoreFilter):
    prefix = "inference__"


class ClassFilter(admin.SimpleListFilter):
    """By a class that is typed in: there are a thousand of them. The address has the API's name."""

    title = gettext_lazy("class")
    template = "admin/class_filter.html"
    parameter_name = "label"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return []

    def has_output(self) -> bool:
        return True

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        if text := self.value():
            # As answers call it; admin_rows.py looks for them in an index.
            found: Any = labels_called(text) or {text}
            self.used_parameters["labels"] = found

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        labels = self.used_parameters.get("labels")
        return queryset.filter(**{f"{self.parameter_name}__in": labels}) if labels else queryset

    def choices(self, changelist: Any) -> Iterator[Any]:
        self.kept = hidden(changelist, self.parameter_name)
        self.shown = class_name(self.value() or "")
        everything = changelist.get_query_string(remove=[self.parameter_name])
        yield {"selected": not self.value(), "query_string": everything, "display": _("All")}


class SuggestedClasses(admin.ModelAdmin):
    """For lists with a ClassFilter: suggests the classes that what is typed may mean."""

    class Media:
        js = [Script("feedback.js", defer=True)]


class PredictionClassFilter(ClassFilter):
    parameter_name = "inference__label"
