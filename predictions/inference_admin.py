"""Answers as staff see them, in lists and in full."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from foundation.web.bounded_lists import Asked, BoundedAdmin, Newest, PeriodFilter
from predictions import admin_search
from predictions.admin_filters import ClassFilter, ScoreFilter, SuggestedClasses
from predictions.admin_rows import newest_inferences
from predictions.admin_search import Sought
from predictions.image_admin import large, link_to, thumbnail
from predictions.models import Inference
from predictions.read_only_admin import MadeByTheService, ServersOnly
from predictions.templatetags.labels import answer_name, entry_name, fine_milliseconds, percent


def answered(inference: Inference) -> str:
    """The class as people read it, or how far it is."""
    return answer_name(inference) if inference.label else inference.get_status_display()


def scored(inference: Inference) -> str:
    return "" if inference.score is None else percent(inference.score)


def small_picture(inference: Inference) -> SafeString | str:
    """Nothing where no worker has decoded it."""
    return thumbnail(inference.image) if inference.status == Inference.Status.DONE else "–"


def large_picture(inference: Inference) -> SafeString | str:
    if inference.status == Inference.Status.DONE:
        return large(inference.image)
    return link_to("predictions_image", inference.image, q=inference.image.md5)


def ranking(inference: Inference) -> SafeString | str:
    """The answer in large, and the classes after it."""
    if not inference.label:
        return inference.error or inference.get_status_display()
    first = format_html(
        '<p class="answer"><strong>{}</strong> {}</p>', answered(inference), scored(inference)
    )
    rows = format_html_join(
        "",
        '<tr><th scope="row">{}</th><td>{}</td></tr>',
        ((entry_name(each, inference), percent(each["score"])) for each in inference.top_k[1:]),
    )
    return format_html('{}<table class="ranking"><tbody>{}</tbody></table>', first, rows)


def stages(inference: Inference) -> str:
    each: Iterable[tuple[str, Any]] = inference.timings.items()
    return ", ".join(f"{name} {fine_milliseconds(took)}" for name, took in each) or "–"


@admin.register(Inference)
class InferenceAdmin(BoundedAdmin, SuggestedClasses, MadeByTheService):
    list_display = ["picture", "answer", "certainty", "status", "model_version", "created_at"]
    list_display_links = ["answer"]
    list_filter = [
        ("created_at", PeriodFilter),
        "status",
        ScoreFilter,
        ClassFilter,
        ("model_version", ServersOnly),
    ]
    list_select_related = ["image", "model_version"]
    search_fields = ["label"]
    search_help_text = _("A class, or a whole MD5 or SHA-256; or words of why something failed.")
    ordering = ["-pk"]
    fieldsets = [
        (None, {"fields": ["shown", "said", "model_version", "created_at", "predictions"]}),
        (_("How it was answered"), {"fields": ["status", "error", "stages", "attempts"]}),
        (
            _("Inside"),
            {
                "classes": ["collapse"],
                "fields": ["image", "label", "class_key", "job_id", "started_at", "finished_at"],
            },
        ),
    ]
    readonly_fields = ["shown", "said", "stages", "predictions"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Inference]:
        return super().get_queryset(request).defer("features")

    def newest(self, asked: Asked, sought: Sought) -> Newest:
        return newest_inferences(asked, sought)

    def read_search(self, query: str) -> Sought:
        return admin_search.read(query)

    def says(self, sought: Sought) -> Q:
        condition = Q()
        if sought.labels:
            condition &= Q(label__in=sought.labels)
        for name, value in (sought.hashes or {}).items():
            condition &= Q((f"image__{name}", value))
        if sought.pk:
            condition &= Q(job_id=sought.pk)
        for word in sought.words:
            condition &= Q(error__icontains=word)
        return condition

    @admin.display(description=_("picture"))
    def picture(self, inference: Inference) -> SafeString | str:
        return small_picture(inference)

    @admin.display(description=_("picture"))
    def shown(self, inference: Inference) -> SafeString | str:
        return large_picture(inference)

    @admin.display(description=_("answer"))
    def said(self, inference: Inference) -> SafeString | str:
        return ranking(inference)

    @admin.display(description=_("time"))
    def stages(self, inference: Inference) -> str:
        return stages(inference)

    @admin.display(description=_("predictions"))
    def predictions(self, inference: Inference) -> SafeString:
        md5 = inference.image.md5
        return link_to("predictions_prediction", _("Predictions of this picture"), q=md5)

    @admin.display(description=_("answer"), ordering="label")
    def answer(self, inference: Inference) -> str:
        return answered(inference)

    @admin.display(description=_("score"), ordering="score")
    def certainty(self, inference: Inference) -> str:
        return scored(inference)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # goes with its picture
