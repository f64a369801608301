"""Deleting one's own pictures, which can be undone for a while: what is deleted is in the trash."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views import View

from accounts.services import user_of
from predictions import services
from predictions.pages.picture import ThumbnailView
from predictions.querysets import PredictionQuerySet

DELETE_AT_ONCE = 1000
ON_A_PAGE = 48


def chosen_in(request: HttpRequest) -> list[UUID]:
    """The pictures that a form names.

    Raises:
        Http404: an id is malformed.
    """
    try:
        return [UUID(pk) for pk in request.POST.getlist("id")[:DELETE_AT_ONCE]]
    except ValueError as error:
        raise Http404 from error


def place_in_history(request: HttpRequest) -> str:
    """Where in the history, and with which filters, a form was sent from."""
    query = QueryDict(request.POST.get("place", "")).urlencode()
    return f"{reverse('history')}{'?' if query else ''}{query}"


class DeleteView(LoginRequiredMixin, View):
    """Asks first, then moves to the trash: one picture or many."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Where signing in again, or another language, leads back to after a POST."""
        return redirect("history")

    def post(self, request: HttpRequest) -> HttpResponse:
        back = place_in_history(request)
        ids = chosen_in(request)
        chosen = services.history(user_of(request)).filter(pk__in=ids)
        if not ids:
            messages.error(request, _("Choose the pictures to delete first."))
            return redirect(back)
        if not (number := chosen.count()):
            messages.error(request, _("These pictures no longer exist."))
            return redirect(back)
        if "confirmed" not in request.POST:
            context = {"predictions": chosen, "back": back, "place": request.POST.get("place", "")}
            return render(request, "predictions/delete.html", context)
        deleted_at = chosen.move_to_trash()
        # The button belongs to a form of the history, which has a token against forged requests.
        undo = '{} <button class="link" name="at" value="{}" form="undo">{}</button>'
        deleted = ngettext("%(number)d picture deleted.", "%(number)d pictures deleted.", number)
        messages.success(
            request,
            format_html(undo, deleted % {"number": number}, deleted_at.isoformat(), _("Undo")),
        )
        return redirect(back)


class InTrash(LoginRequiredMixin):
    """One's own deleted pictures, the latest first."""

    request: HttpRequest

    def get_queryset(self) -> PredictionQuerySet:
        return services.trash(user_of(self.request))


class TrashView(InTrash, View):
    def get(self, request: HttpRequest) -> HttpResponse:
        pages = Paginator(self.get_queryset(), ON_A_PAGE)
        context = {"predictions": pages.get_page(request.GET.get("page"))}
        return render(request, "predictions/trash.html", context)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Restores what was deleted `at` one time, or restores or deletes what is selected."""
        if "at" in request.POST:
            return self.undo(request)
        chosen = self.get_queryset().filter(pk__in=chosen_in(request))
        if "delete" in request.POST:
            number = chosen.count()
            chosen.delete()
            told = ngettext(
                "%(number)d picture deleted permanently.",
                "%(number)d pictures deleted permanently.",
                number,
            )
            messages.success(request, told % {"number": number})
        else:
            self.restore(request, chosen)
        return redirect("trash")

    def undo(self, request: HttpRequest) -> HttpResponse:
        try:
            deleted_at = parse_datetime(request.POST["at"])
        except ValueError as error:
            raise Http404 from error
        self.restore(request, self.get_queryset().filter(deleted_at=deleted_at))
        return redirect(place_in_history(request))

    def restore(self, request: HttpRequest, chosen: PredictionQuerySet) -> None:
        if number := chosen.restore():
            told = ngettext("%(number)d picture restored.", "%(number)d pictures restored.", number)
            messages.success(request, told % {"number": number})
        else:
            messages.error(request, _("These pictures no longer exist."))


class TrashThumbnailView(InTrash, ThumbnailView):
    """Of a picture in the trash, which is not found anywhere else."""
