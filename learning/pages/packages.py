"""Versions as ZIP files: written and taken away, brought and used."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from foundation.web.errors import error_response
from learning import packages, queue
from learning.models import Package
from learning.pages.sending import SendsZip
from learning.pages.taught import Acts, OfTaught
from predictions.refusals import NotStored
from predictions.registry.roles import champion_of


class ExportVersion(Acts):
    def act(self, request: HttpRequest) -> HttpResponse:
        version = get_object_or_404(self.classifier.versions, pk=self.kwargs["pk"])
        package = packages.start_export(self.user, version)
        return redirect("teach-package", self.classifier.name, package.pk)


class BringVersion(SendsZip):
    def act(self, request: HttpRequest) -> HttpResponse:
        file = self.file()
        try:
            package = packages.start_import(self.user, self.classifier, file, str(file.name))
        except OSError as error:
            raise NotStored.because_of(error) from error
        return redirect("teach-package", self.classifier.name, package.pk)


class OfPackage(OfTaught):
    """Of one that may be gone after a day, which is said."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return super().dispatch(request, *args, **kwargs)
        except (Package.DoesNotExist, FileNotFoundError):
            return error_response(request, 404, _(packages.GONE))

    @cached_property
    def package(self) -> Package:
        """Raises Package.DoesNotExist."""
        found: Package = self.classifier.packages.select_related("version").get(
            pk=self.kwargs["pk"]
        )
        return found

    def home(self) -> HttpResponse:
        return redirect("teach-package", self.classifier.name, self.package.pk)


class PackagePage(OfPackage):
    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        package = self.package
        in_use = champion_of(self.classifier)
        context = {
            "classifier": self.classifier,
            "package": package,
            "in_use": in_use,
            "is_in_use": in_use is not None and in_use == package.version,
            "no_worker": package.is_unfinished and queue.has_worker() is False,
        }
        return render(request, "learning/package.html", context)


class PackageFile(OfPackage):
    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        return packages.open_file(self.package)


class CancelPackage(Acts, OfPackage):
    def act(self, request: HttpRequest) -> HttpResponse:
        if self.package.cancel():
            messages.success(request, _("Cancelled. Nothing has changed."))
        return self.back()


class UseBrought(Acts, OfPackage):
    """The version that came of an import."""

    def act(self, request: HttpRequest) -> HttpResponse:
        version = self.package.version
        if version is None:
            raise Http404
        version.classifier = self.classifier
        self.changes.promote(version)
        messages.success(
            request,
            _("In use. This version answers new pictures that are sent to %(title)s.")
            % {"title": self.classifier.title},
        )
        return redirect("teach-classifier", self.classifier.name)
