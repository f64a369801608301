"""Pictures and answers as staff see them."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts import audit
from predictions import classifier_admin, queue_admin  # noqa: F401 - these register pages, too
from predictions.confidence import steps
from predictions.models import Image, Inference, Prediction
from predictions.pictures.responses import picture_response
from predictions.pictures.shown import may_be_shown_pictures
from predictions.read_only_admin import MadeByTheService, ServersOnly
from predictions.templatetags.labels import answer_name, class_name, percent

# Of those who sent a picture, in the audit log; a test picture may have been sent by everybody.
PEOPLE_NAMED = 20


def answered(inference: Inference) -> str:
    """The class as people read it, or how far it is."""
    return answer_name(inference) if inference.label else inference.get_status_display()


def thumbnail(image: Image) -> SafeString:
    """The picture, small, linked to itself."""
    return format_html(
        '<a href="{0}"><img src="{0}" alt="{1}" width="72" loading="lazy"></a>',
        reverse("admin:predictions_image_picture", args=[image.pk]),
        image,
    )


class ScoreFilter(admin.SimpleListFilter):
    title = "score"
    parameter_name = "score"
    prefix = ""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(key, step.label) for key, step in steps().items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        step = steps().get(str(self.value()))
        return queryset.filter(step.of(self.prefix)) if step else queryset


class PredictionScoreFilter(ScoreFilter):
    prefix = "inference__"


class ClassFilter(admin.AllValuesFieldListFilter):
    """Classes under the names that people see; the address has those of the API."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = "answer"

    def choices(self, changelist: Any) -> Iterator[Any]:
        for choice in super().choices(changelist):
            yield {**choice, "display": class_name(str(choice["display"]))}


@admin.register(Image)
class ImageAdmin(MadeByTheService):
    date_hierarchy = "created_at"
    list_display = ["picture", "__str__", "format", "width", "height", "size", "created_at"]
    list_display_links = ["__str__"]
    list_filter = ["format", "created_at"]
    search_fields = ["md5", "sha256"]
    readonly_fields = ["picture"]

    @admin.display(description="picture")
    def picture(self, image: Image) -> SafeString:
        return thumbnail(image)

    def get_urls(self) -> list[URLPattern]:
        return [
            path(
                "<int:pk>/picture",
                self.admin_site.admin_view(self.picture_view),
                name="predictions_image_picture",
            ),
            *super().get_urls(),
        ]

    def picture_view(self, request: HttpRequest, pk: int) -> FileResponse:
        """Open to staff with the permission for one of the lists that show it."""
        if not may_be_shown_pictures(request.user):
            raise PermissionDenied
        image = get_object_or_404(Image, pk=pk)
        response = picture_response(image, str(image))
        of = Prediction.everything.filter(image=image).order_by("user__email")
        emails = of.values_list("user__email", flat=True).distinct()[:PEOPLE_NAMED]
        audit.record(
            audit.Action.PICTURE_OPENED,
            request,
            actor=request.user,
            target=image,
            detail={"of": list(emails)},
        )
        return response

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # goes with its last prediction


@admin.register(Inference)
class InferenceAdmin(MadeByTheService):
    date_hierarchy = "created_at"
    list_display = ["picture", "answer", "certainty", "status", "model_version", "created_at"]
    list_display_links = ["answer"]
    list_filter = [
        "status",
        ScoreFilter,
        ("model_version", ServersOnly),
        "created_at",
        ("label", ClassFilter),
    ]
    list_select_related = ["image", "model_version"]
    search_fields = ["label", "class_key", "image__md5", "error"]
    exclude = ["features"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Inference]:
        return super().get_queryset(request).defer("features")

    @admin.display(description="picture")
    def picture(self, inference: Inference) -> SafeString:
        return thumbnail(inference.image)

    @admin.display(description="answer", ordering="label")
    def answer(self, inference: Inference) -> str:
        return answered(inference)

    @admin.display(description="score", ordering="score")
    def certainty(self, inference: Inference) -> str:
        return "" if inference.score is None else percent(inference.score)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # goes with its picture


@admin.register(Prediction)
class PredictionAdmin(MadeByTheService):
    date_hierarchy = "created_at"
    list_display = [
        *("picture", "file_name", "answer", "score", "status", "user", "created_at", "deleted_at")
    ]
    list_display_links = ["file_name"]
    list_filter = [
        "inference__status",
        PredictionScoreFilter,
        ("inference__model_version", ServersOnly),
        "cached",
        "created_at",
        ("deleted_at", admin.EmptyFieldListFilter),
        ("inference__label", ClassFilter),
    ]
    list_select_related = ["image", "inference__model_version", "user"]
    search_fields = ["file_name", "inference__label", "image__md5", "user__email"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Prediction]:
        """With those in the trash, which have a time in the last column."""
        return Prediction.everything.defer("inference__features")

    @admin.display(description="picture")
    def picture(self, prediction: Prediction) -> SafeString:
        return thumbnail(prediction.image)

    @admin.display(description="answer", ordering="inference__label")
    def answer(self, prediction: Prediction) -> str:
        return answered(prediction.inference)

    @admin.display(ordering="inference__score")
    def score(self, prediction: Prediction) -> str:
        score = prediction.inference.score
        return "" if score is None else percent(score)

    @admin.display(ordering="inference__status")
    def status(self, prediction: Prediction) -> str:
        return prediction.inference.get_status_display()
