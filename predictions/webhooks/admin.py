"""Webhooks as staff see them: whose they are, and whether their messages arrive."""

from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest

from predictions.webhooks import services
from predictions.webhooks.models import Delivery, Webhook

# Of the last delivery, in one statement for the whole list.
LAST = ("status", "status_code", "error")


@admin.register(Webhook)
class WebhookAdmin(admin.ModelAdmin):
    """To see which fail, and to remove them; only its owner may see an address or a secret."""

    date_hierarchy = "created_at"
    list_display = ["host", "user", "last_message", "failures", "attempted_at", "disabled_at"]
    list_filter = [("disabled_at", admin.EmptyFieldListFilter)]
    list_select_related = ["user"]
    search_fields = ["user__email__startswith"]
    fields = ["host", "user", "created_at", "last_message", "failures", "attempted_at"]
    fields += ["disabled_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Webhook]:
        sent = Delivery.objects.filter(webhook=OuterRef("pk"))
        sent = sent.exclude(status=Delivery.Status.EXPECTED)
        last = {f"last_{name}": Subquery(sent.values(name)[:1]) for name in LAST}
        return Webhook.objects.annotate(**last)

    @admin.display(description="last message")
    def last_message(self, webhook: Any) -> str:
        if webhook.last_status is None:
            return "none yet"
        status = Delivery.Status(webhook.last_status).label
        why = f"HTTP {webhook.last_status_code}" if webhook.last_status_code else webhook.last_error
        return f"{status}: {why}" if why else str(status)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Webhook | None = None) -> bool:
        return False

    def delete_model(self, request: HttpRequest, obj: Webhook) -> None:
        services.remove(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Webhook]) -> None:
        for webhook in queryset:
            services.remove(request, webhook)
