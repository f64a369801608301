from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from feedback.models import Feedback
from foundation.web.bounded_lists import (
    Asked,
    BoundedAdmin,
    Newest,
    PeriodFilter,
    newest_by_id,
    newest_of,
)
from predictions import admin_search
from predictions.admin_search import Sought
from predictions.classifiers import DEFAULT
from predictions.inference_admin import large_picture, small_picture
from predictions.read_only_admin import MadeByTheService
from predictions.templatetags.labels import class_name, correction_name, percent


@admin.register(Feedback)
class FeedbackAdmin(BoundedAdmin, MadeByTheService):
    """To read, and to delete; what people said is not rewritten. Reviewers decide beside it."""

    list_display = ["picture", "said", "predicted", "certainty", "corrected", "user", "created_at"]
    list_display_links = ["said"]
    list_filter = [("created_at", PeriodFilter), "correct"]
    list_select_related = [
        "user",
        "classifier",
        "prediction__inference__image",
        "prediction__inference__model_version",
    ]
    search_fields = ["feedback"]
    search_help_text = _("An email or its beginning; or words of the feedback, and classes.")
    ordering = ["-pk"]
    readonly_fields = ["shown", "answer"]
    fieldsets = [
        (None, {"fields": ["shown", "answer", "correct", "label", "feedback", "user"]}),
        (
            _("What it is about"),
            {"fields": ["prediction", "predicted_class", "image_file_name"]},
        ),
        (
            _("Inside"),
            {"classes": ["collapse"], "fields": ["classifier", "class_key", "created_at"]},
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Feedback]:
        return super().get_queryset(request).defer("prediction__inference__features")

    def newest(self, asked: Asked, sought: Sought) -> Newest:
        if sought.people is not None:
            said = [Feedback.objects.filter(user=person) for person in sought.people]
            return newest_of(*said, by="pk")
        return newest_by_id(Feedback.objects.all(), asked)

    def read_search(self, query: str) -> Sought:
        return admin_search.read(query)

    def says(self, sought: Sought) -> Q:
        condition = Q()
        if sought.people is not None:
            condition &= Q(user__in=sought.people)
        for name, value in (sought.hashes or {}).items():
            condition &= Q((f"prediction__image__{name}", value))
        if sought.labels:
            condition &= Q(predicted_class__in=sought.labels) | Q(label__in=sought.labels)
        for word in sought.words:
            named = Q(predicted_class__icontains=word) | Q(label__icontains=word)
            condition &= named | Q(feedback__icontains=word)
        return condition

    @admin.display(description=_("picture"))
    def picture(self, feedback: Feedback) -> SafeString | str:
        return small_picture(feedback.prediction.inference) if feedback.prediction else "–"

    @admin.display(description=_("picture"))
    def shown(self, feedback: Feedback) -> SafeString | str:
        if feedback.prediction is None:
            return str(_("It was deleted."))
        return large_picture(feedback.prediction.inference)

    @admin.display(description=_("answer"))
    def answer(self, feedback: Feedback) -> str:
        return f"{self.predicted(feedback)} ({percent(feedback.score)})"

    @admin.display(description=_("feedback"))
    def said(self, feedback: Feedback) -> str:
        right, wrong = _("right"), _("wrong")
        verdict = {True: f"✓ {right}", False: f"✗ {wrong}", None: ""}[feedback.correct]
        return " — ".join(part for part in (verdict, feedback.feedback) if part) or "–"

    @admin.display(description=_("answer"), ordering="predicted_class")
    def predicted(self, feedback: Feedback) -> str:
        return self.name_of(feedback, feedback.predicted_class)

    @admin.display(description=_("score"), ordering="score")
    def certainty(self, feedback: Feedback) -> str:
        return percent(feedback.score)

    @admin.display(description=_("corrected to"), ordering="label")
    def corrected(self, feedback: Feedback) -> str:
        return self.name_of(feedback, feedback.label)

    def name_of(self, feedback: Feedback, text: str) -> str:
        """By the labels of the version that answered, or of the classifier if that is gone."""
        if feedback.prediction:
            return correction_name(text, feedback.prediction.inference)
        is_imagenets = feedback.classifier is None or feedback.classifier.name == DEFAULT
        return class_name(text) if is_imagenets else text
