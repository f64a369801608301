"""Every decision of reviewers, to read: also those that were replaced or taken back."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from predictions.read_only_admin import MadeByTheService, ServersOnly
from predictions.registry.vocabularies import vocabulary_of
from predictions.templatetags.labels import language
from review.models import Decision


@admin.register(Decision)
class DecisionAdmin(MadeByTheService):
    list_display = ["says", "answer", "verdict", "queue", "classifier", "decided_by", "decided_at"]
    list_filter = [
        "verdict",
        "queue",
        ("replaced_at", admin.EmptyFieldListFilter),
        "is_undone",
        ("classifier", ServersOnly),
    ]
    # By what has an index.
    search_fields = ["decided_by__email__startswith", "image__md5__exact", "image__sha256__exact"]
    search_help_text = _("The beginning of an email, or a whole MD5 or SHA-256.")
    list_select_related = ["classifier", "decided_by", "model_version"]
    list_per_page = 50
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    ordering = ["-pk"]
    fields = ["says", "answer", "verdict", "queue", "classifier", "picture", "decided_by"]
    fields += ["decided_at", "history"]
    readonly_fields = ["says", "answer", "picture", "history"]

    @admin.display(description=_("shows"))
    def says(self, decision: Decision) -> str:
        if not decision.is_label:
            return "–"
        return name(decision, decision.class_key, decision.label) or str(decision)

    @admin.display(description=_("answer"))
    def answer(self, decision: Decision) -> str:
        return name(decision, decision.answered_key) or "–"

    @admin.display(description=_("picture"))
    def picture(self, decision: Decision) -> SafeString:
        address = reverse("review-label", args=[decision.image_id, decision.classifier.name])
        return format_html('<a href="{}">{}</a>', address, decision.image)

    @admin.display(description=_("all decisions"))
    def history(self, decision: Decision) -> SafeString:
        """Of the same picture and classifier, the latest first."""
        of_picture = Decision.objects.filter(
            classifier=decision.classifier, image=decision.image
        ).select_related(*self.list_select_related)
        return format_html(
            "<ol>{}</ol>",
            format_html_join("", "<li>{} · {} · {} · {}</li>", map(self.line, of_picture)),
        )

    def line(self, decision: Decision) -> tuple[Any, ...]:
        if decision.is_undone:
            state: Any = _("taken back")
        else:
            state = _("replaced") if decision.replaced_at else _("stands")
        who = decision.decided_by or _("(deleted account)")
        time = date_format(localtime(decision.decided_at), "DATETIME_FORMAT")
        return f"{self.says(decision)} ({decision.get_verdict_display()})", who, time, state

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False  # goes with its picture


def name(decision: Decision, key: str, label: str = "") -> str:
    """What the page's language calls a class, by the labels of the version that was judged."""
    if not key or decision.model_version is None:
        return label
    return vocabulary_of(decision.model_version.label_set_id).name(key, label or key, language())
