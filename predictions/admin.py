"""Predictions as staff see them; the pages of all else here are registered beside it."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from foundation.web.bounded_lists import Asked, BoundedAdmin, Newest, PeriodFilter
from predictions import (  # noqa: F401 - these register pages, too
    admin_search,
    classifier_admin,
    image_admin,
    queue_admin,
)
from predictions.admin_filters import PredictionClassFilter, PredictionScoreFilter, SuggestedClasses
from predictions.admin_rows import newest_predictions
from predictions.admin_search import Sought
from predictions.image_admin import link_to
from predictions.inference_admin import (
    answered,
    large_picture,
    ranking,
    scored,
    small_picture,
    stages,
)
from predictions.models import Prediction
from predictions.read_only_admin import MadeByTheService, ServersOnly
from predictions.templatetags.labels import duration


@admin.register(Prediction)
class PredictionAdmin(BoundedAdmin, SuggestedClasses, MadeByTheService):
    list_display = ["picture", "file_name", "answer", "score", "user", "created_at", "deleted_at"]
    list_display_links = ["file_name"]
    list_filter = [
        ("created_at", PeriodFilter),
        "inference__status",
        PredictionScoreFilter,
        PredictionClassFilter,
        ("inference__model_version", ServersOnly),
        "cached",
        ("deleted_at", admin.EmptyFieldListFilter),
    ]
    list_select_related = ["inference__image", "inference__model_version", "user"]
    search_fields = ["file_name"]
    search_help_text = _(
        "An email or its beginning, a class, an id, or a whole MD5 or SHA-256; or words of file "
        "names."
    )
    fieldsets = [
        (None, {"fields": ["shown", "said", "file_name", "user", "created_at", "deleted_at"]}),
        (
            _("How it was answered"),
            {"fields": ["version", "status", "cached", "took", "stages", "inference"]},
        ),
        (_("Inside"), {"classes": ["collapse"], "fields": ["id", "image", "may_improve"]}),
    ]
    readonly_fields = ["shown", "said", "version", "status", "took", "stages", "id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Prediction]:
        """With those in the trash, which have a time in the last column."""
        return Prediction.everything.defer("inference__features")

    def newest(self, asked: Asked, sought: Sought) -> Newest:
        return newest_predictions(asked, sought)

    def read_search(self, query: str) -> Sought:
        return admin_search.read(query)

    def says(self, sought: Sought) -> Q:
        condition = Q()
        if sought.labels:
            condition &= Q(inference__label__in=sought.labels)
        if sought.people is not None:
            condition &= Q(user__in=sought.people)
        for name, value in (sought.hashes or {}).items():
            condition &= Q((f"image__{name}", value))
        if sought.pk:
            condition &= Q(pk=sought.pk)
        for word in sought.words:
            condition &= Q(file_name__icontains=word)
        return condition

    def render_change_form(self, request: HttpRequest, *args: Any, **named: Any) -> HttpResponse:
        """Without "View on site" to a page that only somebody else can open."""
        prediction = named["obj"]
        response: Any = super().render_change_form(request, *args, **named)
        if prediction.user_id != request.user.pk or prediction.deleted_at:
            response.context_data["has_absolute_url"] = False
        return response

    @admin.display(description=_("picture"))
    def picture(self, prediction: Prediction) -> SafeString | str:
        return small_picture(prediction.inference)

    @admin.display(description=_("picture"))
    def shown(self, prediction: Prediction) -> SafeString | str:
        return large_picture(prediction.inference)

    @admin.display(description=_("answer"))
    def said(self, prediction: Prediction) -> SafeString | str:
        return ranking(prediction.inference)

    @admin.display(description=_("version"))
    def version(self, prediction: Prediction) -> SafeString:
        version = prediction.inference.model_version
        asked = {"inference__model_version__id__exact": version.pk}
        return link_to("predictions_prediction", version, **asked)

    @admin.display(description=_("From the request to the answer"))
    def took(self, prediction: Prediction) -> str:
        took = prediction.took
        return "–" if took is None else duration(took)

    @admin.display(description=_("time"))
    def stages(self, prediction: Prediction) -> str:
        return stages(prediction.inference)

    @admin.display(description=_("answer"), ordering="inference__label")
    def answer(self, prediction: Prediction) -> str:
        return answered(prediction.inference)

    @admin.display(description=_("score"), ordering="inference__score")
    def score(self, prediction: Prediction) -> str:
        return scored(prediction.inference)

    @admin.display(description=_("status"))
    def status(self, prediction: Prediction) -> str:
        return prediction.inference.get_status_display()
