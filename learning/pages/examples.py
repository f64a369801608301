"""Pictures that are examples: shown, moved to another class, removed, and called right."""

from django.contrib import messages
from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from learning.examples import confirm, move
from learning.models import Example
from learning.opening import let_open
from learning.pages.taught import Acts, OfTaught
from predictions.models import Image, Inference
from predictions.pictures.responses import shown_response, thumbnail_response
from predictions.pictures.thumbnails import WIDTHS

AT_ONCE = 1000


class OfExample(OfTaught):
    def image(self) -> Image:
        examples = Example.objects.of(self.classifier).select_related(
            "image", "prediction__inference", "added_by"
        )
        example = get_object_or_404(examples, pk=self.kwargs["pk"])
        if not let_open(self.request, self.user, self.classifier, example):
            raise Http404
        # The web decodes nothing that a worker has not decoded before.
        was_answered = example.prediction and (
            example.prediction.inference.status == Inference.Status.DONE
        )
        if example.problem or not (example.looked_at or was_answered):
            raise Http404
        return example.image


class Picture(OfExample):
    def get(self, request: HttpRequest, **kwargs: object) -> HttpResponseBase:
        image = self.image()
        return shown_response(image, str(image), was_decoded=True)


class Thumbnail(OfExample):
    def get(self, request: HttpRequest, **kwargs: object) -> HttpResponseBase:
        if self.kwargs["width"] not in WIDTHS:
            raise Http404
        return thumbnail_response(self.image(), self.kwargs["width"])


class ChangeExamples(Acts):
    """What is done with those that are ticked; to a script only whether it is done."""

    def act(self, request: HttpRequest) -> HttpResponse:
        chosen = self.chosen()
        if not chosen:
            messages.error(request, _("Choose the pictures first."))
            return self.back()
        act = request.POST.get("act")
        if act == "move":
            says = self.move(chosen)
        elif act == "right":
            for example in chosen:
                confirm(example)
            says = _("Kept where it is.")
        elif act == "remove":
            for example in chosen:
                example.delete()
            says = ngettext(
                "%(number)d picture removed.", "%(number)d pictures removed.", len(chosen)
            ) % {"number": len(chosen)}
        else:
            raise Http404
        if request.headers.get("X-Requested-With") == "fetch":
            return HttpResponse(says, content_type="text/plain")
        messages.success(request, says)
        return self.back()

    def chosen(self) -> list[Example]:
        """Raises Http404."""
        ids = self.request.POST.getlist("example")[:AT_ONCE]
        try:
            found = Example.objects.of(self.classifier).filter(pk__in=ids)
            return list(found.select_related("image"))
        except (ValueError, DataError) as error:
            raise Http404 from error

    def move(self, chosen: list[Example]) -> str:
        """Raises Http404."""
        try:
            to = get_object_or_404(self.classifier.taught_classes, pk=self.request.POST.get("to"))
        except (ValueError, DataError) as error:
            raise Http404 from error
        for example in chosen:
            move(example, to)
        says = ngettext(
            "%(number)d picture moved to %(name)s.",
            "%(number)d pictures moved to %(name)s.",
            len(chosen),
        )
        return says % {"number": len(chosen), "name": to}
