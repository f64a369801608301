"""The audit log as administrators read it: found by who, what, from where and when."""

import json
from datetime import timedelta
from functools import cached_property
from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Max, Min, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime

from accounts.audit import AuditEvent

MOST = 10_000  # events that can be reached by paging; older ones are found by filtering


class BoundedPaginator(Paginator):
    """Counts only what paging can reach: counting a million rows takes longer than showing a
    page.
    """

    @cached_property
    def count(self) -> int:
        return self.object_list.order_by()[:MOST].count()  # type: ignore[attr-defined]


class FromFirstToLast(QuerySet[AuditEvent]):
    def datetimes(self, field_name: str, kind: str, *args: Any, **kwargs: Any) -> Any:
        """Every year, month or day between the first and the last event, for `date_hierarchy`.

        Django asks which of them have events, and so reads all of these.
        """
        ends = self.aggregate(first=Min(field_name), last=Max(field_name))
        if ends["first"] is None:
            return []
        days = (ends["last"].date() - ends["first"].date()).days
        each = (ends["first"].date() + timedelta(number) for number in range(days + 1))
        parts = {"year": 1, "month": 2, "day": 3}[kind]
        return list({tuple(day.timetuple()[:parts]): day for day in each}.values())


@admin.register(AuditEvent)
class AuditEventAdmin(admin.ModelAdmin):
    date_hierarchy = "created_at"
    list_display = ["when", "action", "who_from", "whom", "details"]
    list_filter = ["action"]
    list_per_page = 50
    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # they count, too
    search_fields = ["actor_email__startswith", "target_text__startswith", "address__startswith"]
    search_help_text = "The beginning of an email or of an address, such as ada@ or 192.0.2."
    sortable_by = ()
    fields = [
        "created_at",
        "action",
        "who",
        "actor_id",
        "whom",
        "target_type",
        "target_id",
        "address",
        "user_agent",
        "details",
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEvent]:
        return FromFirstToLast(self.model)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        context = getattr(response, "context_data", {})  # a redirect has none
        if "cl" in context and context["cl"].result_count >= MOST:
            context["subtitle"] = f"The newest {MOST:,}. Filter or search to see older ones."
        return response

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AuditEvent], search_term: str
    ) -> tuple[QuerySet[AuditEvent], bool]:
        # Emails are kept in lower case; a search in any case would find no index.
        return super().get_search_results(request, queryset, search_term.lower())

    @admin.display(description="when")
    def when(self, event: AuditEvent) -> SafeString:
        date, time = f"{localtime(event.created_at):%Y-%m-%d %H:%M:%S}".split()
        return format_html("{}<br>{}", date, time)

    @admin.display(description="who, from where")
    def who_from(self, event: AuditEvent) -> SafeString:
        return format_html("{}<br>{}", self.who(event), event.address)

    @admin.display(description="who")
    def who(self, event: AuditEvent) -> str:
        if event.actor_email:
            return event.actor_email
        return "nobody signed in" if event.address else "the service's operator"

    @admin.display(description="to whom or what")
    def whom(self, event: AuditEvent) -> str:
        return "themselves" if event.is_to_oneself() else event.target_text

    @admin.display(description="detail")
    def details(self, event: AuditEvent) -> SafeString:
        return format_html_join("", "{}: {}<br>", map(readable, event.detail.items()))


def readable(item: tuple[str, Any]) -> tuple[str, str | SafeString]:
    name, value = item
    if isinstance(value, dict) and value.keys() == {"before", "after"}:
        return name, format_html("{} → {}", shown(value["before"]), shown(value["after"]))
    return name, shown(value)


def shown(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return value if isinstance(value, str) else json.dumps(value)
