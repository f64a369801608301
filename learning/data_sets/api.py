"""Data sets over HTTP, for staff: exported and taken away, or imported."""

from typing import Any
from uuid import UUID

from django.http import FileResponse
from django.urls import reverse
from rest_framework import generics
from rest_framework.exceptions import NotFound
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.rights import staff_may
from accounts.scopes import Scope
from accounts.services import user_of
from foundation.web.pagination import NewestFirst
from learning.api.access import cancel, refusals, wait_as_asked
from learning.api.zips import keeping, sent_zip
from learning.data_sets import schema, services
from learning.data_sets.models import DataSetExport, DataSetImport
from learning.data_sets.serializers import (
    DataSetExportSerializer,
    DataSetImportSerializer,
    StartExportSerializer,
)
from predictions.classifiers import Classifier
from predictions.throttles import PredictThrottle


class MayAdd(BasePermission):
    """Whoever may start such work may see all of it, as on the pages."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return staff_may(request.user, "add", view.kind)


class DataSets(APIView):
    kind: type[DataSetExport] | type[DataSetImport]
    permission_classes = [*APIView.permission_classes, MayAdd]
    scopes = {method: [{Scope.DATA_SETS}] for method in ("GET", "POST", "DELETE")}

    def get_classifier(self) -> Classifier:
        """One whose pictures are reviewed. Raises NotFound."""
        found = Classifier.objects.of_everybody().filter(name=self.kwargs["name"]).first()
        if found is None:
            raise NotFound(schema.NO_CLASSIFIER)
        return found

    def get_works(self) -> Any:
        of_classifier = self.kind.objects.filter(classifier__name=self.kwargs["name"])
        return of_classifier.select_related("classifier")

    def get_queryset(self) -> Any:
        """Raises NotFound."""
        self.get_classifier()
        return self.get_works()

    def get_work(self) -> Any:
        """Raises NotFound."""
        found = self.get_works().filter(pk=self.kwargs["pk"]).first()
        if found is None:
            raise NotFound(services.GONE)
        return found


class ExportsView(DataSets, generics.ListAPIView[DataSetExport]):
    kind = DataSetExport
    serializer_class = DataSetExportSerializer
    pagination_class = NewestFirst

    @schema.exports_list
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @schema.start_export
    def post(self, request: Request, name: str) -> Response:
        classifier = self.get_classifier()
        body = StartExportSerializer(data=request.data, context={"classifier": classifier})
        body.is_valid(raise_exception=True)
        with refusals():
            export = services.start_export(
                user_of(request), request, classifier, **body.validated_data
            )
        location = reverse("api-data-set-export", args=[name, export.pk])
        return Response(DataSetExportSerializer(export).data, 202, headers={"Location": location})


class ExportView(DataSets):
    kind = DataSetExport

    @schema.retrieve_export
    def get(self, request: Request, name: str, pk: UUID) -> Response:
        export = self.get_work()
        headers = wait_as_asked(request, export)
        return Response(DataSetExportSerializer(export).data, headers=headers)

    @schema.cancel_export
    def delete(self, request: Request, name: str, pk: UUID) -> Response:
        cancel(self.get_work())
        return Response(status=204)


class ExportFileView(DataSets):
    kind = DataSetExport

    @schema.file
    def get(self, request: Request, name: str, pk: UUID) -> FileResponse:
        try:
            return services.open_file(self.get_work(), user_of(request), request)
        except FileNotFoundError as error:
            raise NotFound(services.GONE) from error


class OfImports(DataSets):
    kind = DataSetImport

    def get_works(self) -> Any:
        return super().get_works().filter(deleted_at=None)


class ImportsView(OfImports, generics.ListAPIView[DataSetImport]):
    authenticates_first = takes_uploads = True
    parser_classes = [MultiPartParser]
    serializer_class = DataSetImportSerializer
    pagination_class = NewestFirst

    def get_throttles(self) -> list[Any]:
        return [PredictThrottle()] if self.request.method == "POST" else super().get_throttles()

    @schema.imports_list
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @schema.start_import
    def post(self, request: Request, name: str) -> Response:
        classifier = self.get_classifier()
        file = sent_zip(request)
        with keeping():
            work = services.start_import(user_of(request), request, classifier, file, file.name)
        location = reverse("api-data-set-import", args=[name, work.pk])
        return Response(DataSetImportSerializer(work).data, 202, headers={"Location": location})


class ImportView(OfImports):
    @schema.retrieve_import
    def get(self, request: Request, name: str, pk: UUID) -> Response:
        work = self.get_work()
        headers = wait_as_asked(request, work)
        return Response(DataSetImportSerializer(work).data, headers=headers)

    @schema.delete_import
    def delete(self, request: Request, name: str, pk: UUID) -> Response:
        services.delete_import(user_of(request), request, self.get_work())
        return Response(status=204)


class CancelImportView(OfImports):
    @schema.cancel_import
    def post(self, request: Request, name: str, pk: UUID) -> Response:
        cancel(self.get_work())
        return Response(status=204)
