"""Pictures that a person sends as examples of a class."""

from math import ceil
from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from foundation.web.throttles import wait_seconds
from learning.examples import add_upload
from learning.models import Example
from learning.pages.taught import Acts, OfClass
from learning.refusals import TeachingRefused
from predictions.pages.classify import NotAccepted
from predictions.pictures.checks import Refused
from predictions.pictures.uploads import PictureUpload
from predictions.refusals import NotTaken
from predictions.throttles import PredictThrottle


class AddPictures(Acts, OfClass):
    """To a script that sends one picture it says how many there are, or why it was not taken."""

    takes_uploads = True

    @property
    def raise_exception(self) -> bool:  # type: ignore[override]
        """Whether strangers are told so, instead of being led to the sign-in."""
        return self.is_script

    @property
    def is_script(self) -> bool:
        return self.request.headers.get("X-Requested-With") == "fetch"

    def post(self, request: HttpRequest, **kwargs: object) -> HttpResponse:
        uploads = cast(list[PictureUpload], request.FILES.getlist("file"))
        if self.is_script:
            return self.answer(uploads)
        if not uploads:
            messages.error(request, _("Choose a picture first."))
        added = known = 0
        for upload in uploads:
            try:
                if self.add(upload)[1]:
                    added += 1
                else:
                    known += 1
            except NotAccepted as error:
                messages.error(request, f"{upload.name}: {error}" if uploads[1:] else str(error))
        if added:
            says = ngettext("%(number)d picture added.", "%(number)d pictures added.", added)
            messages.success(request, says % {"number": added})
        if known:
            says = ngettext(
                "%(number)d picture was there already.",
                "%(number)d pictures were there already.",
                known,
            )
            messages.success(request, says % {"number": known})
        return self.back()

    def answer(self, uploads: list[PictureUpload]) -> HttpResponse:
        if not uploads:
            return HttpResponse(_("Choose a picture first."), status=400)
        try:
            _example, is_new = self.add(uploads[0])
        except NotAccepted as error:
            headers = {"Retry-After": str(error.wait)} if error.wait else None
            return HttpResponse(
                str(error), status=error.status, content_type="text/plain", headers=headers
            )
        number = self.taught_class.examples.kept().readable().count()
        return JsonResponse({"number": number, "is_new": is_new}, status=201)

    def add(self, upload: PictureUpload) -> tuple[Example, bool]:
        """The example, and whether it is new. Raises NotAccepted."""
        wait = wait_seconds(PredictThrottle(), self.request)
        if wait is not None:
            seconds = ceil(wait)
            why = ngettext(
                "Too many requests. Wait a second and try again.",
                "Too many requests. Wait %(seconds)d seconds and try again.",
                seconds,
            )
            raise NotAccepted(why % {"seconds": seconds}, 429, seconds)
        now = timezone.now()
        try:
            example = add_upload(self.user, self.taught_class, upload)
        except Refused as error:
            raise NotAccepted(str(error), 413 if error.too_large else 400) from error
        except NotTaken as error:
            wait = error.retry_after if error.passes_by_itself else 0
            raise NotAccepted(_(error.on_page), error.status, wait) from error
        except TeachingRefused as error:
            raise NotAccepted(str(error), 409) from error
        return example, example.created_at >= now
