"""ZIP files with a folder for each class: sent, watched while they are unpacked, cancelled."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from learning import archives, queue
from learning.models import Archive
from learning.pages.sending import SendsZip
from learning.pages.taught import Acts, OfTaught
from predictions.refusals import NotStored


class SendArchive(SendsZip):
    def act(self, request: HttpRequest) -> HttpResponse:
        file = self.file()
        try:
            archive = archives.start(self.user, self.classifier, file, str(file.name))
        except OSError as error:
            raise NotStored.because_of(error) from error
        return redirect("teach-archive", self.classifier.name, archive.pk)


class OfArchive(OfTaught):
    @cached_property
    def archive(self) -> Archive:
        return get_object_or_404(self.classifier.archives, pk=self.kwargs["pk"])

    def home(self) -> HttpResponse:
        return redirect("teach-archive", self.classifier.name, self.archive.pk)


class ArchivePage(OfArchive):
    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        archive = self.archive
        context = {
            "classifier": self.classifier,
            "archive": archive,
            "no_worker": archive.is_unfinished and queue.has_worker() is False,
        }
        return render(request, "learning/archive.html", context)


class CancelArchive(Acts, OfArchive):
    def act(self, request: HttpRequest) -> HttpResponse:
        if self.archive.cancel():
            messages.success(request, _("Cancelled. The pictures so far are kept."))
        return self.back()
