"""Versions as ZIP files over HTTP: written and taken away, or brought."""

from uuid import UUID

from django.http import FileResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from rest_framework.exceptions import NotFound
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.services import user_of
from learning import packages
from learning.api import package_schema as schema
from learning.api.access import OfTaught, cancel, refusals
from learning.api.work_serializers import PackageSerializer
from learning.api.zips import keeping, sent_zip
from learning.models import Package
from predictions.throttles import PredictThrottle


def accepted(package: Package) -> Response:
    location = reverse("package", args=[package.classifier.name, package.pk])
    return Response(PackageSerializer(package).data, 202, headers={"Location": location})


class ExportView(OfTaught):
    @schema.export
    def post(self, request: Request, name: str, pk: int) -> Response:
        version = get_object_or_404(self.get_classifier().versions, pk=pk)
        with refusals():
            return accepted(packages.start_export(user_of(request), version))


class PackagesView(OfTaught):
    authenticates_first = takes_uploads = True
    parser_classes = [MultiPartParser]
    throttle_classes = [PredictThrottle]

    @schema.bring
    def post(self, request: Request, name: str) -> Response:
        classifier = self.get_classifier()
        file = sent_zip(request)
        with keeping():
            package = packages.start_import(
                user_of(request), classifier, file, file.name, as_staff=not self.is_script
            )
        return accepted(package)


class OfPackage(OfTaught):
    def get_package(self) -> Package:
        """Raises NotFound."""
        found: Package | None = self.get_classifier().packages.filter(pk=self.kwargs["pk"]).first()
        if found is None:
            raise NotFound(packages.GONE)
        return found


class PackageView(OfPackage):
    @schema.retrieve
    def get(self, request: Request, name: str, pk: UUID) -> Response:
        return Response(PackageSerializer(self.get_package()).data)

    @schema.cancel
    def delete(self, request: Request, name: str, pk: UUID) -> Response:
        cancel(self.get_package())
        return Response(status=204)


class PackageFileView(OfPackage):
    @schema.file
    def get(self, request: Request, name: str, pk: UUID) -> FileResponse:
        try:
            return packages.open_file(self.get_package())
        except FileNotFoundError as error:
            raise NotFound(packages.GONE) from error
