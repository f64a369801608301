"""Stored pictures as staff see them, and their files for all lists that show them."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.defaultfilters import filesizeformat
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts import audit
from foundation.web.bounded_lists import Asked, BoundedAdmin, Newest, PeriodFilter, newest_by_id
from predictions import admin_search
from predictions.admin_search import Sought
from predictions.models import Image, Inference, Prediction
from predictions.pictures.responses import shown_response, thumbnail_response
from predictions.pictures.shown import may_be_shown_pictures
from predictions.pictures.thumbnails import WIDTHS
from predictions.read_only_admin import MadeByTheService

# Of those who sent a picture, in the audit log; a test picture may have been sent by everybody.
PEOPLE_NAMED = 20


def thumbnail(image: Image, width: int = WIDTHS[0], style: str = "thumbnail") -> SafeString:
    """The picture, small, linked to the whole. For pictures that a worker has decoded."""
    return format_html(
        '<a href="{}"><img src="{}" alt="{}" class="{}" loading="lazy"></a>',
        reverse("admin:predictions_image_picture", args=[image.pk]),
        reverse("admin:predictions_image_thumbnail", args=[image.pk, width]),
        image,
        style,
    )


def large(image: Image) -> SafeString:
    alike = reverse("similar-page", args=[image.pk])
    picture = thumbnail(image, WIDTHS[-1], "large")
    return format_html('{}<a href="{}">{}</a>', picture, alike, _("More like this"))


def link_to(what: str, text: Any, **asked: Any) -> SafeString:
    """A list of the admin, such as `predictions_prediction`, with filters."""
    address = reverse(f"admin:{what}_changelist", query=asked)
    return format_html('<a href="{}">{}</a>', address, text)


@admin.register(Image)
class ImageAdmin(BoundedAdmin, MadeByTheService):
    list_display = ["picture", "__str__", "pixels", "bytes", "created_at"]
    list_display_links = ["__str__"]
    list_filter = ["format", ("created_at", PeriodFilter)]
    search_fields = ["md5"]
    search_help_text = _("A whole MD5 or SHA-256.")
    ordering = ["-pk"]
    sortable_by = ["created_at"]
    fields = ["shown", "pixels", "bytes", "format", "created_at", "predictions", "md5", "sha256"]
    fields += ["file"]
    readonly_fields = ["shown", "pixels", "bytes", "predictions"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Image]:
        done = Inference.objects.filter(image=OuterRef("pk"), status=Inference.Status.DONE)
        return Image.objects.annotate(is_decoded=Exists(done))

    def newest(self, asked: Asked, sought: Sought) -> Newest:
        if sought.hashes:
            return Newest(self.says(sought), leaves_out=False)
        return newest_by_id(Image.objects.all(), asked)

    def read_search(self, query: str) -> Sought:
        return admin_search.read(query)

    def says(self, sought: Sought) -> Q:
        if sought.hashes:
            return Q(**sought.hashes)
        return Q() if sought == Sought() else Q(pk__in=[])

    @admin.display(description=_("picture"))
    def picture(self, image: Any) -> SafeString | str:
        return thumbnail(image) if image.is_decoded else "–"

    @admin.display(description=_("picture"))
    def shown(self, image: Any) -> SafeString | str:
        return large(image) if image.is_decoded else str(_("No worker has decoded it."))

    @admin.display(description=_("pixels"))
    def pixels(self, image: Image) -> str:
        return f"{image.width} × {image.height}"

    @admin.display(description=_("size"))
    def bytes(self, image: Image) -> str:
        return filesizeformat(image.size)

    @admin.display(description=_("predictions"))
    def predictions(self, image: Image) -> SafeString:
        return link_to("predictions_prediction", _("Predictions of this picture"), q=image.md5)

    def get_urls(self) -> list[URLPattern]:
        guarded, name = self.admin_site.admin_view, "predictions_image"
        small = "<int:pk>/thumbnail/<int:width>"
        return [
            path("<int:pk>/picture", guarded(self.picture_view), name=f"{name}_picture"),
            path(small, guarded(self.thumbnail_view), name=f"{name}_thumbnail"),
            *super().get_urls(),
        ]

    def picture_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        image = open_image(request, pk)
        return shown_response(image, str(image))

    def thumbnail_view(self, request: HttpRequest, pk: int, width: int) -> HttpResponseBase:
        """Only of what a worker has decoded: what crashes a decoder ends there."""
        is_decoded = Inference.objects.filter(image=pk, status=Inference.Status.DONE).exists()
        if width not in WIDTHS or not is_decoded:
            raise Http404
        return thumbnail_response(open_image(request, pk), width)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # goes with its last prediction


def open_image(request: HttpRequest, pk: int) -> Image:
    """For staff with the permission for one of the lists that show it. Their look is recorded.

    Raises:
        PermissionDenied
        Http404
    """
    if not may_be_shown_pictures(request.user):
        raise PermissionDenied
    image = get_object_or_404(Image, pk=pk)
    of = Prediction.everything.filter(image=image).order_by("user__email")
    emails = of.values_list("user__email", flat=True).distinct()[:PEOPLE_NAMED]
    audit.record(
        audit.Action.PICTURE_OPENED,
        request,
        actor=request.user,
        target=image,
        detail={"of": list(emails)},
    )
    return image
