"""Pictures of people as reviewers see them.

Looking inside review is not in the audit log: the decision is. So only those pictures open whose
address a page for reviewers has written, and only to reviewers.
"""

from django.core.signing import BadSignature, Signer
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse

from predictions.models import Image, Prediction
from predictions.pictures.responses import shown_response, thumbnail_response
from predictions.pictures.thumbnails import LARGE_COPY, WIDTHS
from review.pages.reviewing import ForReviewers

signer = Signer(salt="review.pages.pictures")


def address(image_id: int, width: int | None = None) -> str:
    """Of a copy of at most this width, one of WIDTHS or LARGE_COPY, or of the picture itself."""
    shown = signer.sign(str(image_id))
    if width is None:
        return reverse("review-picture", args=[shown])
    return reverse("review-thumbnail", args=[shown, width])


class Picture(ForReviewers):
    def get(self, request: HttpRequest, shown: str, width: int | None = None) -> HttpResponseBase:
        image = get_object_or_404(not_deleted(), pk=image_id(shown))
        if width is None or (width == LARGE_COPY and image.width <= LARGE_COPY):
            return shown_response(image, str(image.file).rpartition("/")[2])
        if width not in (*WIDTHS, LARGE_COPY):
            raise Http404
        return thumbnail_response(image, width)


def image_id(shown: str) -> int:
    """Raises Http404."""
    try:
        return int(signer.unsign(shown))
    except BadSignature as error:
        raise Http404 from error


def not_deleted() -> QuerySet[Image]:
    """Without those that all who sent them have put into the trash."""
    sent = Prediction.everything.filter(image=OuterRef("pk"))
    return Image.objects.filter(Exists(sent.filter(deleted_at=None)) | ~Exists(sent))
