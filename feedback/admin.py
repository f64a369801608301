from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from feedback.models import Feedback
from predictions.admin import thumbnail
from predictions.classifiers import DEFAULT
from predictions.read_only_admin import MadeByTheService
from predictions.templatetags.labels import class_name, correction_name, percent


@admin.register(Feedback)
class FeedbackAdmin(MadeByTheService):
    """To read, and to delete; what people said is not rewritten. Reviewers decide beside it."""

    date_hierarchy = "created_at"
    list_display = ["picture", "said", "predicted", "certainty", "corrected", "user", "created_at"]
    list_display_links = ["said"]
    list_filter = ["correct", "created_at"]
    list_select_related = [
        "user",
        "classifier",
        "prediction__image",
        "prediction__inference__model_version",
    ]
    search_fields = ["feedback", "predicted_class", "label", "image_file_name", "user__email"]
    readonly_fields = ["picture", "classifier", "class_key", "created_at"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Feedback]:
        return super().get_queryset(request).defer("prediction__inference__features")

    @admin.display(description="picture")
    def picture(self, feedback: Feedback) -> SafeString | str:
        return thumbnail(feedback.prediction.image) if feedback.prediction else "deleted"

    @admin.display(description="feedback")
    def said(self, feedback: Feedback) -> str:
        verdict = {True: "✓ right", False: "✗ wrong", None: ""}[feedback.correct]
        return " — ".join(part for part in (verdict, feedback.feedback) if part) or "(nothing)"

    @admin.display(description="predicted class", ordering="predicted_class")
    def predicted(self, feedback: Feedback) -> str:
        return self.name_of(feedback, feedback.predicted_class)

    @admin.display(description="score", ordering="score")
    def certainty(self, feedback: Feedback) -> str:
        return percent(feedback.score)

    @admin.display(description="corrected to", ordering="label")
    def corrected(self, feedback: Feedback) -> str:
        return self.name_of(feedback, feedback.label)

    def name_of(self, feedback: Feedback, text: str) -> str:
        """By the labels of the version that answered, or of the classifier if that is gone."""
        if feedback.prediction:
            return correction_name(text, feedback.prediction.inference)
        is_imagenets = feedback.classifier is None or feedback.classifier.name == DEFAULT
        return class_name(text) if is_imagenets else text
